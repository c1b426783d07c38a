import { linkSync, symlinkSync } from 'node:fs';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import { isRegular, isSymlink } from '../../base/unix-mode.ts';
import { refuseMode } from '../capability.ts';
import { FOREKNOWN, PLACE } from '../engine.ts';
import type { PlaceBatch, PlaceResult } from '../engine.ts';
import { forEachFile } from './batch-files.ts';
import type { BatchFile } from './batch-files.ts';
import type { BatchContext } from './context.ts';
import { succeeds } from './file-io.ts';
import { bareHeader, findObject, readArchive, withObject } from './object-file.ts';
import { createByOverwriteMode, replace } from './overwrite.ts';
import { placedAttributes, writeArchived, writeBare } from './place-copy.ts';
import type { PlacedObject, PlaceJob } from './place-copy.ts';
import { objectPath } from './object-writer.ts';
import { readSymlink } from './read-symlink.ts';
import { requireStore } from './require-store.ts';
import { cacheArchived } from './uncompressed-cache.ts';

/** Why a hard link may fail without that being an error: full, other file system, refused. */
const LINK_REFUSALS = ['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP'] as const;

const OWNER_READ = 0o400;
const CHECKSUM_DIGITS = CHECKSUM_BYTES * 2;

/** What placing one file did. */
interface Placed {
  readonly outcome: keyof typeof PLACE;
  readonly bytesCopied: number;
}

const KEPT: Placed = { outcome: 'kept', bytesCopied: 0 };
const LINKED: Placed = { outcome: 'linked', bytesCopied: 0 };
const SYMLINK_MADE: Placed = { outcome: 'copied', bytesCopied: 0 };

/** Checks content objects out; see `Engine.place`. */
export function place(context: BatchContext, batch: PlaceBatch): PlaceResult {
  const { mode } = batch.source;
  if (mode === 'bare-user' || mode === 'bare-split-xattrs') throw refuseMode(context.engine, mode);
  requireStore(...batch.source.objects);
  const job: PlaceJob = {
    context,
    batch,
    digits: Buffer.from(batch.checksums.buffer, batch.checksums.byteOffset, batch.checksums.length).toString('hex'),
    userMode: batch.userMode || mode === 'bare-user-only',
    clones: { areRefused: false },
  };
  const outcomes = new Uint8Array(batch.directoryIndex.length).fill(PLACE.failed);
  let bytesCopied = 0;
  const failures = forEachFile(context, batch, (file) => {
    const placed = placeOne(job, file);
    outcomes[file.index] = PLACE[placed.outcome];
    bytesCopied += placed.bytesCopied;
  });
  return { outcomes, bytesCopied, failures };
}

function placeOne(job: PlaceJob, file: BatchFile): Placed {
  checkLinkable(job);
  const { source } = job.batch;
  const hex = job.digits.slice(file.index * CHECKSUM_DIGITS, (file.index + 1) * CHECKSUM_DIGITS);
  const placed = placeUnseen(job, file, hex) ?? namingBroken(hex, () => (source.mode === 'archive' ? placeArchived : placeBare)(job, file, hex));
  if (placed !== undefined) return placed;
  throw new CoppiceError('OBJECT_MISSING', `no such file object: ${hex}`, { facts: { checksum: hex } });
}

function checksumOf({ batch }: PlaceJob, { index }: BatchFile): Uint8Array {
  return batch.checksums.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES);
}

/**
 * Places a file as what an earlier checkout has found out tells; undefined, with nothing done, where that is nothing, or where
 * anything is in the way: it is looked at then, which tells what to do.
 */
function placeUnseen({ batch }: PlaceJob, { index, path }: BatchFile, hex: string): Placed | undefined {
  const { source, foreknown } = batch;
  const known = foreknown?.[index] ?? FOREKNOWN.nothing;
  if (known === FOREKNOWN.nothing || source.mode !== 'bare-user-only' || batch.link === 'never') return undefined;
  const object = `${source.objects[0]}/${objectPath(`${hex}.file`)}`;
  try {
    if (known === FOREKNOWN.linkable) {
      linkSync(object, path);
      return LINKED;
    }
    symlinkSync(readSymlink(object), path);
    return SYMLINK_MADE;
  } catch {
    return undefined;
  }
}

/** The failure names the file in the checkout; a broken object needs its own name beside it. */
function namingBroken<Result>(hex: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!isCoppiceError(error, 'FORMAT_INVALID')) throw error;
    throw new CoppiceError(error.code, `corrupted file object '${hex}': ${error.message}`, { facts: { checksum: hex }, cause: error });
  }
}

/** Undefined where there is no such object. */
function placeBare(job: PlaceJob, file: BatchFile, hex: string): Placed | undefined {
  const found = findObject(job.batch.source, `${hex}.file`);
  if (found === undefined) return undefined;
  const checksum = checksumOf(job, file);
  const header = bareHeader(job.batch.source, found);
  const object: PlacedObject = { header, sizeBytes: found.stats.size, checksum, found };
  if (canLinkMode(job) && !mustCopy(job, object)) {
    const linked = tryLink(job, file, object, found.path);
    if (linked !== undefined) return linked;
  }
  return copy(job, file, object, (path) => writeBare(job, object, path));
}

/** Undefined where there is no such object. */
function placeArchived(job: PlaceJob, file: BatchFile, hex: string): Placed | undefined {
  return withObject(job.batch.source, `${hex}.filez`, (found): Placed => {
    const archive = readArchive(job.context, found);
    const object: PlacedObject = { header: archive.header, sizeBytes: archive.sizeBytes, checksum: checksumOf(job, file) };
    if (usesCache(job) && !mustCopy(job, object)) {
      const cached = cacheArchived(job, archive, hex);
      const linked = tryLink(job, file, object, cached.path);
      if (linked === LINKED && cached.made) return { outcome: 'copied', bytesCopied: object.sizeBytes };
      if (linked !== undefined) return linked;
    }
    return copy(job, file, object, (path) => writeArchived(job, archive, path));
  });
}

/**
 * Objects that never share an inode with the checkout: empty files (links run out, and everybody writes to them), files
 * that user mode has to make readable, and the symlinks of bare-user-only and archive.
 */
function mustCopy({ batch, userMode }: PlaceJob, { header, sizeBytes }: PlacedObject): boolean {
  if (isSymlink(header.mode)) return batch.source.mode !== 'bare';
  if (sizeBytes === 0 && batch.copyZeroSized) return true;
  return userMode && (header.mode & OWNER_READ) === 0;
}

/** Whether the inode in the repository is what the checkout shall have. */
function canLinkMode({ batch, userMode }: PlaceJob): boolean {
  if (batch.link === 'never') return false;
  return batch.source.mode === 'bare' ? !userMode : batch.source.mode === 'bare-user-only';
}

function usesCache({ batch, userMode }: PlaceJob): boolean {
  return batch.cache !== '' && userMode && batch.link !== 'never';
}

/** The combinations of modes in which libostree refuses to require hard links, in its words. */
function checkLinkable({ batch, userMode }: PlaceJob): void {
  const linkable = batch.source.mode === 'bare-user-only' || (batch.source.mode === 'bare' && !userMode);
  if (batch.link !== 'require' || linkable) return;
  throw new CoppiceError('USAGE', 'Bare repository mode cannot hardlink in user checkout mode');
}

/** Undefined where a link cannot be made and a copy is good too. */
function tryLink(job: PlaceJob, file: BatchFile, object: PlacedObject, from: string): Placed | undefined {
  let made = true;
  const link = (path: string): void => {
    if (job.batch.link === 'require') linkSync(from, path);
    else made = succeeds(() => linkSync(from, path), ...LINK_REFUSALS);
  };
  const created = createByOverwriteMode(job, file, object, link);
  if (!created) return KEPT;
  return made ? LINKED : undefined;
}

function copy(job: PlaceJob, file: BatchFile, object: PlacedObject, write: (path: string) => void): Placed {
  placedAttributes(job, object.header); // refuses what cannot be kept before anything is touched
  if (job.batch.overwrite === 'union') replace(file, write);
  else if (!createByOverwriteMode(job, file, object, write)) return KEPT;
  return { outcome: 'copied', bytesCopied: isRegular(object.header.mode) ? object.sizeBytes : 0 };
}
