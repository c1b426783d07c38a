import { fchmodSync, fstatSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { errnoOf, fromNodeError } from '../../../base/errors.ts';
import type { RelativePath } from '../../../base/relative-path.ts';
import { DirectoryWalker } from '../../../engine/js/directory-walker.ts';
import type { OpenDirectory } from '../../../engine/js/directory-walker.ts';
import { isScratchName } from '../../../engine/scratch-name.ts';
import { removeTree } from '../../../fs/remove-tree.ts';

const OWNER_ALL = 0o700;

/** The checkout on disk. Every name is reached through open directories: no symlink in it leads anywhere. */
export class Destination {
  readonly root: string;
  readonly #walker: DirectoryWalker;

  /** `root` is an absolute path without symlinks. */
  constructor(root: string) {
    this.root = root;
    this.#walker = new DirectoryWalker(root);
  }

  /** What is there; undefined for nothing. */
  lstat(directory: RelativePath, name: string): Stats | undefined {
    return this.#in(directory, name, (open) => lstatSync(open.at(name)), () => undefined);
  }

  /** The names in a directory; none when there is no such directory. */
  list(directory: RelativePath): readonly string[] {
    return this.#in(directory, '', ({ anchor }) => readdirSync(anchor), () => []);
  }

  /** Removes a file or symlink, if it is there. */
  unlink(directory: RelativePath, name: string): void {
    this.#in(directory, name, (open) => unlinkSync(open.at(name)), () => undefined);
  }

  /** Removes an empty directory; false when it is not empty and stays. */
  removeEmpty(directory: RelativePath, name: string): boolean {
    const remove = (open: OpenDirectory): boolean => {
      try {
        rmdirSync(open.at(name));
        return true;
      } catch (error) {
        if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false;
        throw error;
      }
    };
    return this.#in(directory, name, remove, () => true);
  }

  /** Removes whatever has the name, with all that is in it. */
  removeAll(directory: RelativePath, name: string): void {
    this.#in(directory, name, (open) => removeTree(open.at(name)), () => undefined);
  }

  /** Removes what a killed engine has left half-made in a directory. */
  removeScratch(directory: RelativePath): void {
    for (const name of this.list(directory)) if (isScratchName(name)) this.unlink(directory, name);
  }

  /** Gives the owner of a directory the permissions to change it; who finishes it gives the final ones. */
  makeWritable(directory: RelativePath): void {
    this.#in(directory, '', addOwnerPermissions, () => undefined);
  }

  /** Runs `work` with a path that stands for the directory itself, as long as it runs. */
  withPath(directory: RelativePath, work: (path: string) => void): void {
    this.#in(directory, '', ({ anchor }) => work(`${anchor}/.`), () => undefined);
  }

  close(): void {
    this.#walker.close();
  }

  #in<Result>(directory: RelativePath, name: string, work: (open: OpenDirectory) => Result, absent: () => Result): Result {
    try {
      return work(this.#walker.open(directory));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return absent();
      throw fromNodeError(error, this.#walker.path(directory, name));
    }
  }
}

function addOwnerPermissions({ fd }: OpenDirectory): void {
  const { mode } = fstatSync(fd);
  if ((mode & OWNER_ALL) !== OWNER_ALL) fchmodSync(fd, mode | OWNER_ALL);
}
