import { closeSync, constants, copyFileSync, fsyncSync, lchownSync, openSync, symlinkSync, unlinkSync } from 'node:fs';
import { isSymlink, PERMISSION_BITS } from '../../base/unix-mode.ts';
import { refuseXattrs } from '../capability.ts';
import type { PlaceBatch } from '../engine.ts';
import type { ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { COPY_BYTES, readPieces, succeeds, withDescriptor, writeAll } from './file-io.ts';
import { hashContent } from './hash-object.ts';
import { inflateArchive, withFound } from './object-file.ts';
import type { ArchiveFile, FoundObject } from './object-file.ts';
import { sealFile } from './object-writer.ts';
import type { PhysicalAttributes } from './object-writer.ts';

/** Everything one place batch works with. */
export interface PlaceJob {
  readonly context: BatchContext;
  readonly batch: PlaceBatch;
  /** The checksums of the batch as hex digits. */
  readonly digits: string;
  /** Also true for every checkout of a bare-user-only repository, which has no owners to give. */
  readonly userMode: boolean;
  /** Whether the file system has refused to share blocks. */
  readonly clones: { areRefused: boolean };
}

/** A content object on its way out. */
export interface PlacedObject {
  readonly header: ContentHeader;
  readonly sizeBytes: number;
  readonly checksum: Uint8Array;
  /** The file of a bare object. */
  readonly found?: FoundObject;
}

const SETID_BITS = 0o6000;
const OWNER_READ = 0o400;

/**
 * What the file in the checkout gets. User mode drops setuid and setgid and makes files readable for their owner
 * (libostree 2022.7 leaves the sticky bit). The time stays that of writing.
 */
export function placedAttributes({ context, userMode }: PlaceJob, header: ContentHeader): PhysicalAttributes {
  const bits = header.mode & PERMISSION_BITS;
  if (userMode) return { mode: (bits & ~SETID_BITS) | OWNER_READ, owner: undefined, zeroTime: false };
  if (header.xattrs.length > 0) throw refuseXattrs(context.engine);
  return { mode: bits, owner: [header.uid, header.gid], zeroTime: false };
}

/** Writes the copy of a bare object to a path that must be free. */
export function writeBare(job: PlaceJob, object: PlacedObject, path: string): void {
  if (!job.userMode) refuseHiddenXattrs(job, object);
  if (isSymlink(object.header.mode)) return writeSymlink(job, object.header, path);
  writeRegular(job, object.header, path, (fd) => copyContent(job, object, fd));
}

/** Writes the content of an archive object to a path that must be free. */
export function writeArchived(job: PlaceJob, archive: ArchiveFile, path: string): void {
  if (isSymlink(archive.header.mode)) return writeSymlink(job, archive.header, path);
  writeRegular(job, archive.header, path, (fd) => {
    inflateArchive(job.context, archive, (piece) => writeAll(fd, piece));
  });
}

/** A copy would lose extended attributes: an object has none exactly if its checksum comes out right without. */
function refuseHiddenXattrs({ context, batch }: PlaceJob, { found, checksum }: PlacedObject): void {
  if (found === undefined) return;
  const hashed = withFound(found, (object) => hashContent(context, batch.source, object));
  if (Buffer.compare(hashed.checksum, checksum) !== 0) throw refuseXattrs(context.engine);
}

function writeSymlink(job: PlaceJob, header: ContentHeader, path: string): void {
  symlinkSync(header.symlinkTarget, path);
  if (!job.userMode) removingOnFailure(path, () => lchownSync(path, header.uid, header.gid));
}

function writeRegular(job: PlaceJob, header: ContentHeader, path: string, fill: (fd: number) => void): void {
  const attributes = placedAttributes(job, header);
  const fd = openSync(path, 'wx', 0o600);
  removingOnFailure(path, () => {
    try {
      fill(fd);
      sealFile(fd, attributes);
      if (job.batch.syncEach) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

function removingOnFailure(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/** What it means that a file system cannot share blocks, here or at all; ENOENT where there is no /proc. */
const CLONE_REFUSALS = ['ENOTSUP', 'ENOTTY', 'ENOSYS', 'EXDEV', 'EINVAL', 'EPERM', 'ENOENT'] as const;

/**
 * Shares the blocks of the object where the file system can; once it has refused, the batch does not ask again. Large
 * files are then copied by the kernel.
 */
function copyContent({ context, clones }: PlaceJob, { found, sizeBytes }: PlacedObject, fd: number): void {
  if (found === undefined) return;
  const { path } = found;
  const inKernel = (mode: number) => (): void => copyFileSync(path, `/proc/self/fd/${fd}`, mode);
  if (sizeBytes > 0 && !clones.areRefused) {
    if (succeeds(inKernel(constants.COPYFILE_FICLONE_FORCE), ...CLONE_REFUSALS)) return;
    clones.areRefused = true;
  }
  if (sizeBytes > COPY_BYTES && succeeds(inKernel(0), 'ENOENT')) return;
  withDescriptor(path, (from) => readPieces(from, context.scratch, (piece) => writeAll(fd, piece)));
}
