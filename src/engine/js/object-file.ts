import { closeSync, fstatSync, lstatSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';
import { isRegular, isSymlink } from '../../base/unix-mode.ts';
import type { ObjectSource } from '../engine.ts';
import { archivePrefixLength, NO_XATTRS, readArchiveHeader } from '../header.ts';
import type { ArchiveHeader, ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { InflateStream } from './deflate.ts';
import { OPEN_SOURCE, readAt, readPiecesFrom, withDescriptor } from './file-io.ts';
import { objectPath } from './object-writer.ts';
import { readSymlink } from './read-symlink.ts';

/** An object found in one of the directories of a source. */
export interface FoundObject {
  readonly path: string;
  readonly stats: Stats;
}

/** Looks in the repository, then in its parents. */
export function findObject(source: ObjectSource, name: string): FoundObject | undefined {
  for (const directory of source.objects) {
    const path = `${directory}/${objectPath(name)}`;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined) return { path, stats };
  }
  return undefined;
}

/** An object to be read. */
export interface OpenObject extends FoundObject {
  /** Undefined for what is no regular file, such as a symlink. */
  readonly fd: number | undefined;
}

/** Opens the object, runs `work` on it, closes it; undefined where neither the repository nor a parent has it. */
export function withObject<Result>(source: ObjectSource, name: string, work: (object: OpenObject) => Result): Result | undefined {
  for (const directory of source.objects) {
    const object = openObject(`${directory}/${objectPath(name)}`);
    if (object === undefined) continue;
    try {
      return work(object);
    } finally {
      if (object.fd !== undefined) closeSync(object.fd);
    }
  }
  return undefined;
}

/** As `withObject` for one that was found. */
export function withFound<Result>(found: FoundObject, work: (object: OpenObject) => Result): Result {
  const { path, stats } = found;
  if (!stats.isFile()) return work({ path, stats, fd: undefined });
  return withDescriptor(path, (fd) => work({ path, stats, fd }));
}

/** A stat of what is open costs less than one of a path, so what cannot be opened is looked at only then. */
function openObject(path: string): OpenObject | undefined {
  let fd: number;
  try {
    fd = openSync(path, OPEN_SOURCE);
  } catch (error) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() === true) throw error;
    return stats && { path, stats, fd: undefined };
  }
  try {
    return { path, stats: fstatSync(fd), fd };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The extension of content objects of a mode. */
export function contentExtension({ mode }: Pick<ObjectSource, 'mode'>): string {
  return mode === 'archive' ? 'filez' : 'file';
}

/** The header that a `bare` or `bare-user-only` object implies. Extended attributes are not looked at. */
export function bareHeader({ mode }: ObjectSource, { path, stats }: FoundObject): ContentHeader {
  if (!isRegular(stats.mode) && !isSymlink(stats.mode)) {
    throw new CoppiceError('FORMAT_INVALID', 'the object is neither a regular file nor a symlink');
  }
  const [uid, gid] = mode === 'bare' ? [stats.uid, stats.gid] : [0, 0];
  const symlinkTarget = isSymlink(stats.mode) ? readSymlink(path) : '';
  return { uid, gid, mode: stats.mode, symlinkTarget, xattrs: NO_XATTRS };
}

/** An open `.filez`. */
export interface ArchiveFile extends ArchiveHeader {
  readonly fd: number;
  readonly fileBytes: number;
  /** Its first bytes, and all of a small file, until the next one is opened. */
  readonly start: Uint8Array;
}

/** Throws FORMAT_INVALID for what is no regular file. */
export function regularDescriptor({ fd, stats }: OpenObject): number {
  if (fd === undefined || !isRegular(stats.mode)) throw new CoppiceError('FORMAT_INVALID', 'the object is not a regular file');
  return fd;
}

/** Files up to here are read in one call. It holds nearly all headers, too. */
const START_BYTES = 64 * 1024;

/** Reads the header of a `.filez`. */
export function readArchive(context: BatchContext, object: OpenObject): ArchiveFile {
  const [fd, fileBytes] = [regularDescriptor(object), object.stats.size];
  const guess = readAt(fd, context.archive, 0, Math.min(START_BYTES, fileBytes));
  const needed = archivePrefixLength(guess);
  if (needed > fileBytes) throw new CoppiceError('FORMAT_INVALID', 'broken archive header: the file ends inside it');
  const start = needed <= guess.length ? guess : readAt(fd, context.archive, 0, needed);
  return { fd, fileBytes, start, ...readArchiveHeader(start) };
}

/** The content of a file that is worked on whole, of exactly the promised size; undefined for a larger one. */
export function inflateWhole({ kernels, scratch, wholeFileBytes }: BatchContext, archive: ArchiveFile): Uint8Array | undefined {
  const { fd, headerBytes, fileBytes, sizeBytes, start } = archive;
  if (isSymlink(archive.header.mode)) {
    if (fileBytes > headerBytes) throw new CoppiceError('FORMAT_INVALID', 'symlink object with content');
    return new Uint8Array(0);
  }
  if (sizeBytes > wholeFileBytes || fileBytes > wholeFileBytes) return undefined;
  const isHere = start.length >= fileBytes;
  return kernels.inflateRaw(isHere ? start.subarray(headerBytes) : readAt(fd, scratch, headerBytes, fileBytes - headerBytes), sizeBytes);
}

/** Inflates the content into `sink`: small files at once, large ones piece by piece. Exactly the promised size. */
export function inflateArchive(context: BatchContext, archive: ArchiveFile, sink: (piece: Uint8Array) => void): void {
  const whole = inflateWhole(context, archive);
  if (whole === undefined) inflatePieces(context, archive, sink);
  else if (whole.length > 0) sink(whole);
}

/** Inflates piece by piece what `inflateWhole` will not take. */
export function inflatePieces({ scratch, wholeFileBytes }: BatchContext, archive: ArchiveFile, sink: (piece: Uint8Array) => void): void {
  const inflate = new InflateStream(archive.sizeBytes, sink, wholeFileBytes);
  readPiecesFrom(archive.fd, archive.headerBytes, scratch, (piece) => inflate.push(piece));
  inflate.end();
}
