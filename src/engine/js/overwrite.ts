import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { errnoOf } from '../../base/errors.ts';
import { isSymlink, PERMISSION_BITS } from '../../base/unix-mode.ts';
import { scratchName } from '../scratch-name.ts';
import type { BatchFile } from './batch-files.ts';
import { succeeds, withDescriptor } from './file-io.ts';
import { hashFileAs } from './hash-object.ts';
import { placedAttributes } from './place-copy.ts';
import type { PlacedObject, PlaceJob } from './place-copy.ts';
import { readSymlink } from './read-symlink.ts';

/**
 * Lets `make` create the file, and settles what happens when one is there; false when that one is kept.
 * `make` must fail with EEXIST, having changed nothing, when its path is taken.
 */
export function createByOverwriteMode(
  job: PlaceJob,
  file: BatchFile,
  object: PlacedObject,
  make: (path: string) => void,
): boolean {
  try {
    make(file.path);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    const { overwrite } = job.batch;
    if (overwrite === 'add') return false;
    if (overwrite === 'identical' && isIdentical(job, file, object)) return false;
    if (overwrite !== 'union') throw error;
    if (isTheObject(file.path, object)) return false;
  }
  replace(file, make);
  return true;
}

/**
 * Makes the file under a name of its own and renames it over the old one, so that there is always one of the two, and
 * never half of one. EISDIR when a directory is there.
 */
export function replace(file: BatchFile, make: (path: string) => void): void {
  const temporary = file.directory.at(scratchName());
  try {
    make(temporary);
    // nothing was made where a link was refused; renaming a second link of the same inode leaves both names
    succeeds(() => renameSync(temporary, file.path), 'ENOENT');
  } finally {
    succeeds(() => unlinkSync(temporary), 'ENOENT');
  }
}

/** Whether the file is the object itself, linked by an earlier checkout. */
function isTheObject(path: string, { found }: PlacedObject): boolean {
  const there = lstatSync(path);
  return found !== undefined && found.stats.ino === there.ino && found.stats.dev === there.dev;
}

/** Whether the file that is there has the owner, mode and content that would be placed. */
function isIdentical(job: PlaceJob, file: BatchFile, object: PlacedObject): boolean {
  const there = lstatSync(file.path);
  if (isTheObject(file.path, object)) return true;
  if (!sameMetadata(job, object, there)) return false;
  if (isSymlink(there.mode)) return readSymlink(file.path) === object.header.symlinkTarget;
  if (there.size !== object.sizeBytes) return false;
  const { checksum } = withDescriptor(file.path, (fd) =>
    hashFileAs(job.context, job.batch.source, object.header, { fd, sizeBytes: there.size }),
  );
  return Buffer.compare(checksum, object.checksum) === 0;
}

function sameMetadata(job: PlaceJob, { header }: PlacedObject, there: Stats): boolean {
  const { mode, owner = [there.uid, there.gid] } = placedAttributes(job, header);
  const sameKind = isSymlink(header.mode) ? isSymlink(there.mode) : there.isFile();
  const sameMode = isSymlink(header.mode) || (there.mode & PERMISSION_BITS) === mode;
  return sameKind && sameMode && owner[0] === there.uid && owner[1] === there.gid;
}
