import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { DirectoryWalker } from './directory-walker.ts';
import type { Directory } from './directory-walker.ts';
import { isLastingPath } from './lasting-path.ts';

/**
 * Directories below a root that this process has made, that nobody else can enter yet, and whose identity is known: nobody can
 * have put a symlink there, and only the root is opened. Where nobody can put something else at the path of the root either, they
 * are reached by that: going through /proc takes half as long again for a link (bench `checkout`).
 */
export class OwnDirectories {
  readonly #walker: DirectoryWalker;
  readonly #anchor: string;
  #last: { readonly relative: string; readonly directory: Directory } | undefined;

  /** Throws FILE_CHANGED where another directory is at `root` than the one that was made. */
  constructor(root: string, identity: string) {
    this.#walker = new DirectoryWalker(root);
    const { fd, anchor } = this.#walker.open('');
    this.#anchor = lastingPathOf(anchor) ?? anchor;
    if (identityOf(fd) === identity) return;
    this.#walker.close();
    throw new CoppiceError('FILE_CHANGED', `${root}: it was replaced by another directory`, { facts: { path: root } });
  }

  /** Good until `close`. */
  open(relative: string): Directory {
    if (this.#last?.relative === relative) return this.#last.directory;
    const anchor = relative === '' ? this.#anchor : `${this.#anchor}/${checked(relative)}`;
    const directory = { anchor, at: (name: string) => `${anchor}/${name}` };
    this.#last = { relative, directory };
    return directory;
  }

  path(relative: string, name = ''): string {
    return this.#walker.path(relative, name);
  }

  close(): void {
    this.#walker.close();
  }
}

/** The real path of an open directory, if it has one that stays. */
function lastingPathOf(anchor: string): string | undefined {
  try {
    const path = readlinkSync(anchor);
    return isLastingPath(path) ? path : undefined;
  } catch {
    return undefined; // without /proc the anchor is no link
  }
}

/** `..` would lead out as well as any symlink. */
function checked(relative: string): string {
  for (const name of relative.split('/')) {
    const fault = fileNameFault(name);
    if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault);
  }
  return relative;
}

/** `DEVICE:INODE` of an open file. */
function identityOf(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}

/** Runs `work` on an own directory, open. */
export function withOwnDirectory<Result>({ anchor }: Directory, work: (fd: number) => Result): Result {
  const fd = openSync(`${anchor}/.`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}
