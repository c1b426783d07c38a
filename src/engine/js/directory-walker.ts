import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';
import { fileNameFault } from '../../base/relative-path.ts';

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

/**
 * Where open descriptors have paths; undefined without /proc. The process's own number saves the kernel a symlink each
 * time, but /proc may be one of another namespace, where that number is somebody else's.
 */
function findDescriptors(): string | undefined {
  try {
    return readlinkSync('/proc/self') === String(process.pid) ? `/proc/${process.pid}/fd` : '/proc/self/fd';
  } catch {
    return undefined;
  }
}

/** Looked for once: walkers are made for each batch. */
const DESCRIPTORS = findDescriptors();

interface Step {
  /** Below the root; empty for the root itself. */
  readonly relative: string;
  readonly fd: number;
  /** A path that stands for the open directory. */
  readonly anchor: string;
}

/** A directory that can be worked in. */
export interface Directory {
  /** A path for node:fs calls on the directory itself. */
  readonly anchor: string;
  /** A path for node:fs calls on one of its entries. */
  at(name: string): string;
}

/** A directory held open: names below it are reached through the descriptor, not through the path. */
export interface OpenDirectory extends Directory {
  readonly fd: number;
}

/**
 * Opens directories below a root and never through a symlink.
 *
 * Node has no openat; `/proc/PID/fd/N/name` does the same: whoever swaps a directory for a symlink meanwhile changes
 * nothing, the descriptor stays what it was. A way of several components is gone in one leap, after which /proc tells
 * whether it led where it says; else one component after the other. Without /proc the full path is used, each component
 * still opened with O_NOFOLLOW before; that leaves a window. The way to the directory opened last is kept open for its
 * neighbours.
 */
export class DirectoryWalker {
  readonly #root: string;
  readonly #steps: Step[] = [];
  /** Where the root is by the kernel's word; it may have come by symlinks. */
  #realRoot: string | undefined;
  /** What the last call answered: files come directory by directory. */
  #last: { readonly relative: string; readonly directory: OpenDirectory } | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Opens a directory relative to the root (empty for the root); it is good until the next call or `close`. */
  open(relative: string): OpenDirectory {
    if (this.#last?.relative === relative) return this.#last.directory;
    this.#last = undefined;
    this.#closeBeyond(this.#sharedSteps(relative));
    if (this.#steps.length === 0) this.#enter('', this.#root, 0);
    this.#leapTo(relative.slice(0, Math.max(relative.lastIndexOf('/'), 0)));
    for (const name of this.#namesTo(relative)) this.#enterChecked(name);
    const { fd, anchor } = this.#top();
    const directory = { fd, anchor, at: (name: string) => `${anchor}/${name}` };
    this.#last = { relative, directory };
    return directory;
  }

  /** The full path, for messages. */
  path(relative: string, name = ''): string {
    return [this.#root, relative, name].filter((part) => part !== '').join('/');
  }

  close(): void {
    this.#last = undefined;
    this.#closeBeyond(0);
  }

  /** How many open steps, the root among them, lead towards `relative`. */
  #sharedSteps(relative: string): number {
    const beyond = this.#steps.findIndex((step) => !leadsTo(step.relative, relative));
    return beyond < 0 ? this.#steps.length : beyond;
  }

  /** The components from the last open step on. */
  #namesTo(relative: string): readonly string[] {
    const from = this.#top().relative;
    if (relative === from) return [];
    return (from === '' ? relative : relative.slice(from.length + 1)).split('/');
  }

  /** Opens a directory several components away at once; nothing happens where that is not surely the one of this path. */
  #leapTo(relative: string): void {
    const way = this.#namesTo(relative);
    if (DESCRIPTORS === undefined || way.length < 2) return;
    let fd: number;
    try {
      this.#realRoot ??= readlinkSync(this.#steps[0]?.anchor ?? '');
      fd = openSync(`${this.#top().anchor}/${way.join('/')}`, OPEN_DIRECTORY | constants.O_NOFOLLOW);
    } catch {
      return; // the steps will tell
    }
    if (isAt(fd, `${this.#realRoot === '/' ? '' : this.#realRoot}/${relative}`)) this.#push(relative, fd, `${DESCRIPTORS}/${fd}`);
    else closeSync(fd);
  }

  /** Opens the next component; `..` would lead out as well as any symlink. */
  #enterChecked(name: string): void {
    const fault = fileNameFault(name);
    if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault);
    const { relative, anchor } = this.#top();
    this.#enter(relative === '' ? name : `${relative}/${name}`, `${anchor}/${name}`, constants.O_NOFOLLOW);
  }

  #enter(relative: string, path: string, flags: number): void {
    const fd = openSync(path, OPEN_DIRECTORY | flags);
    this.#push(relative, fd, DESCRIPTORS === undefined ? path : `${DESCRIPTORS}/${fd}`);
  }

  #push(relative: string, fd: number, anchor: string): void {
    this.#steps.push({ relative, fd, anchor });
  }

  #top(): Step {
    const top = this.#steps.at(-1);
    if (top === undefined) throw new Error('no directory is open');
    return top;
  }

  #closeBeyond(kept: number): void {
    for (const step of this.#steps.splice(kept)) closeSync(step.fd);
  }
}

/** Whether the way to `relative` goes through `step`. */
function leadsTo(step: string, relative: string): boolean {
  return step === '' || relative === step || relative.startsWith(`${step}/`);
}

/** Whether /proc has the open directory at this path: then no symlink was on the way, and no `..`. */
function isAt(fd: number, path: string): boolean {
  try {
    return readlinkSync(`${DESCRIPTORS}/${fd}`) === path;
  } catch {
    return false;
  }
}
