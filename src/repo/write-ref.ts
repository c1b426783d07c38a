import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords, fromNodeError } from '../base/errors.ts';
import { parseRefName } from '../format/ref-name.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import type { FsyncPolicy } from '../fs/fsync-policy.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { presencePath } from './presence.ts';
import { aliasTarget, locateRefspec, refPath } from './ref-location.ts';
import type { RefLocation } from './ref-location.ts';
import { replaceRepoFile } from './replace-repo-file.ts';
import type { Repo } from './repo.ts';

export interface WriteRefOptions {
  /** Default: what the repository's config says. */
  readonly fsync?: boolean | undefined;
}

/**
 * Points `refspec` at a commit, or removes it (undefined; one that is not there is no error). An alias of that name
 * becomes a plain ref. Throws REF_EXISTS when another ref needs the name as a directory or lies where one is needed.
 */
export function writeRef(repo: Repo, refspec: string, checksum: Checksum | undefined, options: WriteRefOptions = {}): void {
  writeRefAt(repo, locateRefspec(refspec), checksum, options);
}

/** As `writeRef`, for refs of collections too. */
export function writeRefAt(repo: Repo, location: RefLocation, checksum: Checksum | undefined, options: WriteRefOptions = {}): void {
  const path = refPath(repo.path, location);
  const fsync = fsyncPolicy(options.fsync ?? repo.config.fsync);
  if (checksum === undefined) {
    removeRef(path, fsync);
  } else {
    makeRoom(repo, location, path);
    replaceRepoFile(repo, path, `${checksum}\n`, fsync);
  }
  touch(repo.path);
}

/** Makes `ref` an alias of `target`, another ref of this repository; what had the name is replaced. */
export function writeAlias(repo: Repo, ref: string, target: string, options: WriteRefOptions = {}): void {
  const location: RefLocation = { kind: 'heads', owner: '', ref: parseRefName(ref) };
  const path = refPath(repo.path, location);
  makeRoom(repo, location, path);
  replaceSymlink(path, aliasTarget(location.ref, parseRefName(target)), presencePath(repo, 'file'));
  fsyncPolicy(options.fsync ?? repo.config.fsync).directory(dirname(path));
  touch(repo.path);
}

function removeRef(path: string, fsync: FsyncPolicy): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return;
    throw fromNodeError(error, path);
  }
  fsync.directory(dirname(path));
}

/** Makes the directories of the ref's name; empty ones left by deleted refs give way to the ref itself. */
function makeRoom(repo: Repo, location: RefLocation, path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOTDIR' && errno !== 'EEXIST') throw fromNodeError(error, path);
    const shown = path.slice(repo.path.length + 1);
    throw new CoppiceError('REF_EXISTS', `openat(${shown}): ${errnoWords('ENOTDIR')}`, {
      facts: { path, ref: location.ref },
      hint: `A ref whose name is the beginning of '${location.ref}' exists; delete it with \`refs --delete\`.`,
      cause: error,
    });
  }
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) clearEmptyDirectory(path, location);
}

function clearEmptyDirectory(path: string, location: RefLocation): void {
  const below = firstFileBelow(path, '');
  if (below === undefined) {
    removeTree(path);
    return;
  }
  throw new CoppiceError('REF_EXISTS', `Conflict: ${below} exists under ${location.ref} when attempting write`, {
    facts: { path, ref: location.ref },
  });
}

function firstFileBelow(root: string, directory: string): string | undefined {
  for (const entry of readDirectory(directory === '' ? root : `${root}/${directory}`)) {
    const name = directory === '' ? entry.name : `${directory}/${entry.name}`;
    const found = entry.isDirectory() ? firstFileBelow(root, name) : name;
    if (found !== undefined) return found;
  }
  return undefined;
}

function replaceSymlink(path: string, target: string, temporary: string): void {
  try {
    symlinkSync(target, temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fromNodeError(error, path);
  }
}

/** Whoever watches the repository looks at the modification time of its directory. */
function touch(repoPath: string): void {
  const now = new Date();
  try {
    utimesSync(repoPath, now, now);
  } catch (error) {
    throw fromNodeError(error, repoPath);
  }
}
