import { fchmodSync, fchownSync, fsyncSync, futimesSync, lstatSync, mkdirSync } from 'node:fs';
import { CoppiceError, errnoOf } from '../../base/errors.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { unpackNames } from '../../base/name-list.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import { refuseXattrs } from '../capability.ts';
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

/** Nobody else looks in until `finishDirectories` gives the final mode. */
const PRIVATE_MODE = 0o700;

/** Makes directories, parents first; see `Engine.makeDirectories`. */
export function makeDirectories(batch: MakeDirectoriesBatch): MakeDirectoriesResult {
  const directories = unpackNames(batch.directories);
  const created = new Uint8Array(directories.length);
  const failures: Failure[] = [];
  const walker = directoriesBelow(batch.root, batch.ownRoot);
  try {
    for (const [index, relative] of directories.entries()) {
      try {
        created[index] = makeOne(walker, relative, batch) ? 1 : 0;
      } catch (error) {
        failures.push(toFailure(index, walker.path(relative), error));
      }
    }
  } finally {
    walker.close();
  }
  return { created, failures };
}

/** True when it was made, false when it was there and may be. */
function makeOne(walker: Directories, relative: string, { root, mayExist }: MakeDirectoriesBatch): boolean {
  const path = relative === '' ? root : entryPath(walker, relative);
  try {
    mkdirSync(path, { mode: PRIVATE_MODE });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && mayExist && lstatSync(path).isDirectory()) return false;
    throw error;
  }
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
  const finish = (fd: number, index: number): void => {
    const [uid = 0, gid = 0, mode = 0] = batch.attributes.subarray(index * 3, index * 3 + 3);
    if (!batch.userMode) {
      if ((batch.xattrs[index]?.length ?? 0) > 0) throw refuseXattrs(context.engine);
      fchownSync(fd, uid, gid);
    }
    fchmodSync(fd, mode & PERMISSION_BITS);
    if (batch.resetMtime) futimesSync(fd, new Date(), 0);
    if (batch.sync) fsyncSync(fd);
  };
  const { root, ownRoot, directories } = batch;
  const failures =
    ownRoot === undefined
      ? forEachDirectory(root, directories, ({ fd }, index) => finish(fd, index))
      : forEachOwnDirectory(root, ownRoot, directories, finish);
  return { failures };
}
