import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { CoppiceError } from '../../base/errors.ts';
import { isRegular, isSymlink } from '../../base/unix-mode.ts';
import type { ObjectSource } from '../engine.ts';
import { archivePrefixLength, NO_XATTRS, readArchiveHeader } from '../header.ts';
import type { ArchiveHeader, ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { InflateStream } from './deflate.ts';
import { readAt, readPiecesFrom, withOpenFile } from './file-io.ts';
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

/** The extension of content objects of a mode. */
export function contentExtension({ mode }: ObjectSource): string {
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
}

/** Opens a `.filez`, reads its header and runs `work` on it. */
export function withArchive<Result>(
  context: BatchContext,
  path: string,
  work: (archive: ArchiveFile) => Result,
): Result {
  return withOpenFile(path, (fd, stats) => {
    if (!stats.isFile()) throw new CoppiceError('FORMAT_INVALID', 'the object is not a regular file');
    return work({ ...readHeader(context, fd, stats.size), fd, fileBytes: stats.size });
  });
}

/** Headers are short: this holds nearly all of them, and the file's size bounds the rest. */
const HEADER_GUESS_BYTES = 512;

function readHeader({ scratch }: BatchContext, fd: number, fileBytes: number): ArchiveHeader {
  const start = readAt(fd, scratch, 0, Math.min(HEADER_GUESS_BYTES, fileBytes));
  const needed = archivePrefixLength(start);
  if (needed > fileBytes) throw new CoppiceError('FORMAT_INVALID', 'broken archive header: the file ends inside it');
  const parsed = readArchiveHeader(needed <= start.length ? start : readAt(fd, scratch, 0, needed));
  // the xattrs lie in the scratch buffer, which the content will overwrite
  return { ...parsed, header: { ...parsed.header, xattrs: Uint8Array.from(parsed.header.xattrs) } };
}

/** Inflates the content into `sink`: small files at once, large ones piece by piece. Exactly the promised size. */
export function inflateArchive(context: BatchContext, archive: ArchiveFile, sink: (piece: Uint8Array) => void): void {
  const { fd, headerBytes, fileBytes, sizeBytes } = archive;
  if (isSymlink(archive.header.mode)) {
    if (fileBytes > headerBytes) throw new CoppiceError('FORMAT_INVALID', 'symlink object with content');
    return;
  }
  const { wholeFileBytes } = context;
  if (sizeBytes <= wholeFileBytes && fileBytes <= wholeFileBytes) {
    const deflated = readAt(fd, context.scratch, headerBytes, fileBytes - headerBytes);
    sink(context.kernels.inflateRaw(deflated, sizeBytes));
    return;
  }
  const inflate = new InflateStream(sizeBytes, sink, wholeFileBytes);
  readPiecesFrom(fd, headerBytes, context.scratch, (piece) => inflate.push(piece));
  inflate.end();
}
