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
  readonly name: string;
  readonly fd: number;
  /** A path that stands for the open directory. */
  readonly anchor: string;
}

/** A directory held open: names below it are reached through the descriptor, not through the path. */
export interface OpenDirectory {
  readonly fd: number;
  /** A path for node:fs calls on the directory itself. */
  readonly anchor: string;
  /** A path for node:fs calls on one of its entries. */
  at(name: string): string;
}

/**
 * Opens directories below a root one component at a time and never through a symlink.
 *
 * Node has no openat; `/proc/PID/fd/N/name` does the same: whoever swaps a directory for a symlink meanwhile changes
 * nothing, the descriptor stays what it was. Without /proc the full path is used, each component still opened with
 * O_NOFOLLOW before; that leaves a window. The way to the directory opened last is kept open for its neighbours.
 */
export class DirectoryWalker {
  readonly #root: string;
  readonly #steps: Step[] = [];
  /** What the last call answered: files come directory by directory. */
  #last: { readonly relative: string; readonly directory: OpenDirectory } | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Opens a directory relative to the root (empty for the root); it is good until the next call or `close`. */
  open(relative: string): OpenDirectory {
    if (this.#last?.relative === relative) return this.#last.directory;
    this.#last = undefined;
    const names = relative === '' ? [] : relative.split('/');
    this.#closeBeyond(this.#sharedSteps(names));
    if (this.#steps.length === 0) this.#enter('', this.#root, 0);
    while (this.#steps.length <= names.length) {
      this.#enterChecked(names[this.#steps.length - 1] ?? '');
    }
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

  /** How many open steps, the root among them, lead towards `names`. */
  #sharedSteps(names: readonly string[]): number {
    let shared = Math.min(this.#steps.length, 1);
    while (shared > 0 && shared < this.#steps.length && this.#steps[shared]?.name === names[shared - 1]) shared += 1;
    return shared;
  }

  /** Opens the next component; `..` would lead out as well as any symlink. */
  #enterChecked(name: string): void {
    const fault = fileNameFault(name);
    if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault);
    this.#enter(name, `${this.#top().anchor}/${name}`, constants.O_NOFOLLOW);
  }

  #enter(name: string, path: string, flags: number): void {
    const fd = openSync(path, OPEN_DIRECTORY | flags);
    this.#steps.push({ name, fd, anchor: DESCRIPTORS === undefined ? path : `${DESCRIPTORS}/${fd}` });
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
