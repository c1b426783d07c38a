import { fileNameFault } from '../../base/relative-path.ts';
import { CoppiceError } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import type { Failure } from '../engine.ts';
import { toFailure } from '../failure.ts';
import type { BatchContext } from './context.ts';
import { DirectoryWalker } from './directory-walker.ts';
import type { Directory, OpenDirectory } from './directory-walker.ts';
import type { GrantedModes } from './granted-modes.ts';
import type { OwnDirectories } from './own-directories.ts';

/** Where the files of a batch lie. */
interface FileBatch {
  readonly root: string;
  readonly directories: string;
  readonly directoryIndex: Uint32Array;
  readonly names: string;
  readonly ownRoot?: string | undefined;
}

/** How directories below a root are reached: opened one by one, or, where they are our own, by their paths. */
export interface Directories {
  /** Where they are our own. */
  readonly grantedModes?: GrantedModes;
  open(relative: string): Directory;
  path(relative: string, name?: string): string;
  close(): void;
}

export function directoriesBelow({ ownRoots }: BatchContext, root: string, ownRoot: string | undefined): Directories {
  return ownRoot === undefined ? new DirectoryWalker(root) : ownRoots.open(root, ownRoot);
}

/** One file of a batch, its directory at hand. */
export interface BatchFile {
  readonly index: number;
  readonly name: string;
  readonly directory: Directory;
  /** The path for system calls. */
  readonly path: string;
}

/**
 * Runs `work` on each file of a batch in order. Whatever stops one file becomes a Failure in the returned list;
 * `work` is not called for a file whose directory cannot be opened.
 */
export function forEachFile(context: BatchContext, batch: FileBatch, work: (file: BatchFile) => void): Failure[] {
  const directories = unpackNames(batch.directories);
  const walker = directoriesBelow(context, batch.root, batch.ownRoot);
  const failures: Failure[] = [];
  try {
    for (const [index, name] of unpackNames(batch.names).entries()) {
      const relative = directories[batch.directoryIndex[index] ?? 0] ?? '';
      try {
        work(openFile(walker, relative, index, name));
      } catch (error) {
        failures.push(toFailure(index, walker.path(relative, name), error));
      }
    }
  } finally {
    walker.close();
  }
  return failures;
}

function openFile(walker: Directories, relative: string, index: number, name: string): BatchFile {
  const fault = fileNameFault(name);
  if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault, { facts: { path: walker.path(relative, name) } });
  const directory = walker.open(relative);
  return { index, name, directory, path: directory.at(name) };
}

/** Runs `work` on the path of each directory of a batch that is our own; failures as in `forEachFile`. */
export function forEachOwnDirectory(own: OwnDirectories, packed: string, work: (path: string, index: number) => void): Failure[] {
  return forEachName(own, packed, (relative, index) => work(own.open(relative).anchor, index));
}

/** Runs `work` on each directory of a batch, open below `root`; failures as in `forEachFile`. */
export function forEachDirectory(
  root: string,
  packed: string,
  work: (directory: OpenDirectory, index: number, relative: string) => void,
): Failure[] {
  const walker = new DirectoryWalker(root);
  return forEachName(walker, packed, (relative, index) => work(walker.open(relative), index, relative));
}

function forEachName(directories: Directories, packed: string, work: (relative: string, index: number) => void): Failure[] {
  const failures: Failure[] = [];
  try {
    for (const [index, relative] of unpackNames(packed).entries()) {
      try {
        work(relative, index);
      } catch (error) {
        failures.push(toFailure(index, directories.path(relative), error));
      }
    }
  } finally {
    directories.close();
  }
  return failures;
}
