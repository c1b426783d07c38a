import { createReadStream, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { pipeline } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, fromNodeError, isCoppiceError } from '../base/errors.ts';
import { isRegular, isSymlink } from '../base/unix-mode.ts';
import { readOstreemeta } from '../format/object/file-header.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { readXattrs } from '../format/object/xattrs.ts';
import { readArchiveHeader } from './archive-header.ts';
import type { FileInfo, FileInfoOptions } from './file-info.ts';
import { readMetadataObject } from './metadata-reader.ts';
import { corruptObject, missingObject } from './object-fault.ts';
import { findObject } from './object-location.ts';
import type { Repo } from './repo.ts';

export type { FileInfo, FileInfoOptions };

interface Located {
  readonly repo: Repo;
  readonly checksum: Checksum;
  readonly path: string;
}

const OSTREEMETA = 'user.ostreemeta';
const NO_XATTRS = new Uint8Array(0);
const MAX_LINK_BYTES = 65_536;
/** Each piece costs a turn of the event loop: the 16 KiB that node takes by itself make it wait most of the time. */
const PIECE_BYTES = 256 * 1024;

/**
 * The header and size of a content object, from this repository or a parent, in whatever mode it has.
 * Throws OBJECT_MISSING, OBJECT_CORRUPT, or CAPABILITY_MISSING when the engine cannot read what the mode needs.
 */
export function readFileInfo(repo: Repo, checksum: Checksum, options: FileInfoOptions = {}): FileInfo {
  const found = findObject(repo, OBJECT_TYPE.file, checksum);
  if (found === undefined) throw missingObject(OBJECT_TYPE.file, checksum);
  const located = { checksum, ...found };
  try {
    return readByMode(located, options.needXattrs !== false);
  } catch (error) {
    if (isCoppiceError(error, 'FORMAT_INVALID')) throw corruptObject(OBJECT_TYPE.file, checksum, { path: found.path, cause: error });
    throw fromNodeError(error, found.path);
  }
}

/**
 * The content of a regular file in pieces, archive objects inflated, with bounded memory; a symlink has none.
 * Throws OBJECT_CORRUPT at the end when the length is not what the header says, or in between for a broken stream.
 */
export async function* openContent(repo: Repo, checksum: Checksum): AsyncGenerator<Uint8Array> {
  const info = readFileInfo(repo, checksum, { needXattrs: false });
  if (!isRegular(info.header.mode)) return;
  let total = 0;
  for await (const piece of contentPieces(info, checksum)) {
    total += piece.length;
    if (total > info.sizeBytes) break;
    yield piece;
  }
  if (total === info.sizeBytes) return;
  const cause = `its content has ${total > info.sizeBytes ? 'more' : 'fewer'} than the ${info.sizeBytes} bytes it should have`;
  throw corruptObject(OBJECT_TYPE.file, checksum, { path: info.path, cause });
}

async function* contentPieces(info: FileInfo, checksum: Checksum): AsyncGenerator<Uint8Array> {
  const file = createReadStream(info.path, { start: info.contentOffset, highWaterMark: PIECE_BYTES });
  const inflated = info.path.endsWith('z');
  try {
    yield* inflated ? pipeline(file, createInflateRaw({ chunkSize: PIECE_BYTES }), () => undefined) : file;
  } catch (error) {
    const broken = inflated && error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw broken ? corruptObject(OBJECT_TYPE.file, checksum, { path: info.path, cause: error }) : fromNodeError(error, info.path);
  }
}

function readByMode(located: Located, needXattrs: boolean): FileInfo {
  const { mode } = located.repo;
  if (mode === 'archive') return readArchiveHeader(located.path);
  if (mode === 'bare-user') return readBareUser(located);
  return mode === 'bare-user-only' ? readBareUserOnly(located) : readBare(located, needXattrs);
}

/** Nothing but the permissions is kept: everything belongs to root and has no xattrs. */
function readBareUserOnly({ path }: Located): FileInfo {
  return bareInfo(path, { uid: 0, gid: 0, stat: lstatSync(path), xattrs: NO_XATTRS });
}

function readBare(located: Located, needXattrs: boolean): FileInfo {
  const stat = lstatSync(located.path);
  const xattrs = needXattrs ? readObjectXattrs(located) : NO_XATTRS;
  return bareInfo(located.path, { uid: stat.uid, gid: stat.gid, stat, xattrs });
}

function readObjectXattrs({ repo, checksum, path }: Located): Uint8Array {
  if (repo.mode === 'bare-split-xattrs') return readMetadataObject(repo, OBJECT_TYPE.fileXattrsLink, checksum);
  return repo.config.disableXattrs ? NO_XATTRS : repo.engine.readXattrs(path);
}

function bareInfo(path: string, found: { uid: number; gid: number; stat: Stats; xattrs: Uint8Array }): FileInfo {
  const { uid, gid, stat, xattrs } = found;
  if (!isRegular(stat.mode) && !isSymlink(stat.mode)) throw notAFile();
  const symlink = isSymlink(stat.mode);
  const symlinkTarget = symlink ? readlinkSync(path) : '';
  const header = { uid, gid, mode: stat.mode, rdev: 0, symlinkTarget, xattrs };
  return { header, sizeBytes: symlink ? 0 : stat.size, path, contentOffset: 0 };
}

/** Owner, mode and xattrs are in an attribute; a symlink is a regular file with its target and a NUL. */
function readBareUser({ repo, path }: Located): FileInfo {
  const stat = lstatSync(path);
  if (!isRegular(stat.mode)) throw notAFile();
  const meta = readXattrs(repo.engine.readXattrs(path)).find(({ name }) => name === OSTREEMETA);
  if (meta === undefined) throw new CoppiceError('FORMAT_INVALID', `it has no extended attribute ${OSTREEMETA}`);
  const ownership = readOstreemeta(meta.value);
  const symlink = isSymlink(ownership.mode);
  const symlinkTarget = symlink ? readStoredTarget(path, stat.size) : '';
  return { header: { rdev: 0, symlinkTarget, ...ownership }, sizeBytes: symlink ? 0 : stat.size, path, contentOffset: 0 };
}

function readStoredTarget(path: string, size: number): string {
  if (size > MAX_LINK_BYTES) throw new CoppiceError('FORMAT_INVALID', `a symlink target of ${size} bytes`);
  const text = readFileSync(path, 'utf8');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function notAFile(): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', 'it is neither a regular file nor a symlink');
}
