import { fstatSync, readlinkSync } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { DirectoryWalker } from './directory-walker.ts';
import type { Directory } from './directory-walker.ts';
import { GrantedModes } from './granted-modes.ts';
import { isLastingPath } from './lasting-path.ts';

interface OpenRoot {
  readonly anchor: string;
  readonly grantedModes: GrantedModes;
  readonly end: () => void;
}

/**
 * Directories below a root that this process has made and that nobody else can enter yet: nobody can have put a symlink there,
 * and none but the root is opened.
 */
export class OwnDirectories {
  readonly #root: string;
  readonly #anchor: string;
  readonly #end: () => void;
  readonly grantedModes: GrantedModes;
  #last: { readonly relative: string; readonly directory: Directory } | undefined;

  /** `anchor` is good for the root until `end` is called. */
  constructor(root: string, { anchor, grantedModes, end }: OpenRoot) {
    this.#root = root;
    this.#anchor = anchor;
    this.grantedModes = grantedModes;
    this.#end = end;
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
    return [this.#root, relative, name].filter((part) => part !== '').join('/');
  }

  close(): void {
    this.#end();
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

/**
 * Opens roots of this process's own making. Where nobody can put something else at the path of a root either, its directories are
 * reached by that: going through /proc makes a link half as long again (bench `checkout`).
 */
export class OwnRoots {
  /** The root opened last, with its path if that stays. */
  #last: { readonly root: string; readonly ownRoot: string; readonly path: string | undefined; readonly grantedModes: GrantedModes } | undefined;

  /** Throws FILE_CHANGED where another directory is at `root` than `ownRoot` tells of. */
  open(root: string, ownRoot: string): OwnDirectories {
    const known = this.#last?.root === root && this.#last.ownRoot === ownRoot ? this.#last : undefined;
    if (known?.path !== undefined) return new OwnDirectories(root, { anchor: known.path, grantedModes: known.grantedModes, end: () => {} });
    const walker = new DirectoryWalker(root);
    const { fd, anchor } = walker.open('');
    if (!ownRoot.startsWith(`${identityOf(fd)}:`)) {
      walker.close();
      throw new CoppiceError('FILE_CHANGED', `${root}: it was replaced by another directory`, { facts: { path: root } });
    }
    const { path, grantedModes } = known ?? { path: lastingPathOf(anchor), grantedModes: new GrantedModes() };
    this.#last = { root, ownRoot, path, grantedModes };
    return new OwnDirectories(root, { anchor: path ?? anchor, grantedModes, end: () => walker.close() });
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

/** `DEVICE:INODE` of an open file. */
function identityOf(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}
