import { chmodSync, chownSync, fchmodSync, fchownSync, fsyncSync, futimesSync, lstatSync, mkdirSync, utimesSync } from 'node:fs';
import { CoppiceError, errnoOf } from '../../base/errors.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { unpackNames } from '../../base/name-list.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import { refuseXattrs } from '../capability.ts';
import { MAKE } from '../engine.ts';
import type {
  Failure,
  FinishDirectoriesBatch,
  MakeDirectoriesBatch,
  MakeDirectoriesResult,
  PublishResult,
} from '../engine.ts';
import { toFailure } from '../failure.ts';
import { directoriesBelow, forEachDirectory, forEachOwnDirectory } from './batch-files.ts';
import type { Directories } from './batch-files.ts';
import type { BatchContext } from './context.ts';
import { withDescriptor } from './file-io.ts';

/** Nobody else looks in until `finishDirectories` gives the final mode. */
const PRIVATE_MODE = 0o700;
const SPECIAL_BITS = 0o7000;

/** Makes directories, parents first; see `Engine.makeDirectories`. */
export function makeDirectories(context: BatchContext, batch: MakeDirectoriesBatch): MakeDirectoriesResult {
  const directories = unpackNames(batch.directories);
  const created = new Uint8Array(directories.length);
  const failures: Failure[] = [];
  const walker = directoriesBelow(context, batch.root, batch.ownRoot);
  try {
    for (const [index, relative] of directories.entries()) {
      try {
        created[index] = makeOne(walker, relative, batch, (batch.modes?.[index] ?? PRIVATE_MODE) & PERMISSION_BITS);
      } catch (error) {
        failures.push(toFailure(index, walker.path(relative), error));
      }
    }
  } finally {
    walker.close();
  }
  return { created, failures };
}

/** A MAKE number. */
function makeOne(walker: Directories, relative: string, { root, mayExist }: MakeDirectoriesBatch, finalMode: number): number {
  const path = relative === '' ? root : entryPath(walker, relative);
  const mode = walker.grantedModes !== undefined && isMadeAtOnce(finalMode) ? finalMode : PRIVATE_MODE;
  try {
    mkdirSync(path, { mode });
    return mode === finalMode && walker.grantedModes?.has(mode, path) === true ? MAKE.madeWithMode : MAKE.made;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && mayExist && lstatSync(path).isDirectory()) return MAKE.existed;
    throw error;
  }
}

/** Whether its owner can fill it, and it has no bits that mkdir leaves to the kernel. */
function isMadeAtOnce(mode: number): boolean {
  return (mode & PRIVATE_MODE) === PRIVATE_MODE && (mode & SPECIAL_BITS) === 0;
}

function entryPath(walker: Directories, relative: string): string {
  const slash = relative.lastIndexOf('/');
  const name = relative.slice(slash + 1);
  const fault = fileNameFault(name);
  if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault);
  return walker.open(slash < 0 ? '' : relative.slice(0, slash)).at(name);
}

/** Gives directories their final metadata; see `Engine.finishDirectories`. */
export function finishDirectories(context: BatchContext, batch: FinishDirectoriesBatch): PublishResult {
  const finish = (calls: FinishCalls, index: number): void => {
    const [uid = 0, gid = 0, mode = 0] = batch.attributes.subarray(index * 3, index * 3 + 3);
    if (!batch.userMode) {
      if ((batch.xattrs[index]?.length ?? 0) > 0) throw refuseXattrs(context.engine);
      calls.chown(uid, gid);
    }
    if (batch.hasMode?.[index] !== 1) calls.chmod(mode & PERMISSION_BITS);
    if (batch.resetMtime) calls.resetMtime();
    if (batch.sync) calls.sync();
  };
  const { root, ownRoot, directories } = batch;
  const failures =
    ownRoot === undefined
      ? forEachDirectory(root, directories, ({ fd }, index) => finish(byDescriptor(fd), index))
      : forEachOwnDirectory(context.ownRoots.open(root, ownRoot), directories, (path, index) => finish(byPath(path), index));
  return { failures };
}

interface FinishCalls {
  readonly chown: (uid: number, gid: number) => void;
  readonly chmod: (mode: number) => void;
  readonly resetMtime: () => void;
  readonly sync: () => void;
}

function byDescriptor(fd: number): FinishCalls {
  return {
    chown: (uid, gid) => fchownSync(fd, uid, gid),
    chmod: (mode) => fchmodSync(fd, mode),
    resetMtime: () => futimesSync(fd, new Date(), 0),
    sync: () => fsyncSync(fd),
  };
}

function byPath(path: string): FinishCalls {
  return {
    chown: (uid, gid) => chownSync(path, uid, gid),
    chmod: (mode) => chmodSync(path, mode),
    resetMtime: () => utimesSync(path, new Date(), 0),
    sync: () => withDescriptor(`${path}/.`, (fd) => fsyncSync(fd)), // the path of the root may be one of /proc, which is a symlink
  };
}
