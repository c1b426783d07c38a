import { PERMISSION_BITS, S_IFMT, fileTypeWords, isRegular, isSymlink } from '../../base/unix-mode.ts';
import { readU32, readU64, writeU32, writeU64 } from '../big-endian.ts';
import { formatInvalid } from '../format-error.ts';
import { framedSize, offsetSizeFor, offsetSizeOf, readOffset, writeOffset } from '../gvariant/framing.ts';
import { assertEncodable, decodeUtf8 } from '../utf8.ts';
import { MAX_METADATA_BYTES } from './object-type.ts';
import { readOwnership, writeOwnership } from './ownership.ts';
import type { Ownership } from './ownership.ts';
import { assertXattrs } from './xattrs.ts';

/**
 * What a content object says about its file, besides the content. `(uuuusa(ayay))`, integers big-endian:
 *
 *     0  u  uid
 *     4  u  gid
 *     8  u  mode, type bits included
 *    12  u  rdev, always 0
 *    16  s  symlink target, empty for a regular file
 *     …  a(ayay)  extended attributes
 *     …  framing offset: where the string ends
 *
 * In archive objects (`.filez`) a `t` with the content's size stands before the uid: `(tuuuusa(ayay))`.
 * Hashed or stored, the header comes behind its own length and four zero bytes, which keep it 8-aligned.
 */
export interface FileHeader {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly rdev: number;
  /** Empty for a regular file. */
  readonly symlinkTarget: string;
  /** Serialised `a(ayay)`; zero bytes for none. */
  readonly xattrs: Uint8Array;
}

export interface FilezHeader {
  readonly header: FileHeader;
  /** Bytes of the content once inflated. */
  readonly sizeBytes: number;
  /** Offset of the deflate stream in the `.filez` file. */
  readonly headerBytes: number;
}

/** Length prefix and padding in front of a header that is hashed or stored. */
export const LENGTH_PREFIX_BYTES = 8;

const INTEGERS_BYTES = 16;
const SIZE_BYTES = 8;

/** Serialises `(uuuusa(ayay))`. */
export function writeFileHeader(header: FileHeader): Uint8Array {
  return layOut(header, 0, 0);
}

/** What is hashed before the content: BE32 length ‖ four zeros ‖ header. */
export function hashPrefix(header: FileHeader): Uint8Array {
  const out = layOut(header, LENGTH_PREFIX_BYTES, 0);
  writeU32(out, 0, out.length - LENGTH_PREFIX_BYTES);
  return out;
}

/** What stands before the deflate stream of a `.filez`: BE32 length ‖ four zeros ‖ `(tuuuusa(ayay))`. */
export function writeFilezHeader(header: FileHeader, sizeBytes: number): Uint8Array {
  const out = layOut(header, LENGTH_PREFIX_BYTES, SIZE_BYTES);
  writeU32(out, 0, out.length - LENGTH_PREFIX_BYTES);
  writeU64(out, LENGTH_PREFIX_BYTES, sizeBytes);
  return out;
}

/** Lays the header out behind `prefix` free bytes of the buffer and `leading` free bytes of the tuple itself. */
function layOut(header: FileHeader, prefix: number, leading: number): Uint8Array {
  const { symlinkTarget, xattrs } = header;
  const targetBytes = symlinkTarget === '' ? 0 : Buffer.byteLength(symlinkTarget);
  const stringEnd = leading + INTEGERS_BYTES + targetBytes + 1;
  const bodySize = stringEnd + xattrs.length;
  const out = Buffer.alloc(prefix + framedSize(bodySize, 1));
  writeIntegers(out, prefix + leading, header);
  if (targetBytes > 0) writeTarget(out, prefix + leading + INTEGERS_BYTES, symlinkTarget);
  if (xattrs.length > 0) out.set(xattrs, prefix + stringEnd);
  writeOffset(out, prefix + bodySize, offsetSizeFor(bodySize, 1), stringEnd);
  return out;
}

function writeIntegers(out: Uint8Array, at: number, header: FileHeader): void {
  writeU32(out, at, header.uid);
  writeU32(out, at + 4, header.gid);
  writeU32(out, at + 8, header.mode);
  writeU32(out, at + 12, header.rdev);
}

function writeTarget(out: Buffer, at: number, target: string): void {
  assertEncodable(target, 'symlink target');
  out.write(target, at);
}

/** Reads `(uuuusa(ayay))`; throws FORMAT_INVALID unless it is in normal form and tells a regular file or a symlink. */
export function readFileHeader(bytes: Uint8Array): FileHeader {
  return parseHeader(bytes, 0, 'file header');
}

function parseHeader(bytes: Uint8Array, leading: number, what: string): FileHeader {
  const stringStart = leading + INTEGERS_BYTES;
  const size = offsetSizeOf(bytes.length);
  const bodyEnd = bytes.length - size;
  const stringEnd = bodyEnd > stringStart ? readOffset(bytes, bodyEnd, size) : 0;
  if (stringEnd <= stringStart || stringEnd > bodyEnd || framedSize(bodyEnd, 1) !== bytes.length) {
    throw formatInvalid(what, 'its framing is broken');
  }
  if (bytes[stringEnd - 1] !== 0) throw formatInvalid(what, 'the symlink target does not end in NUL');
  const xattrs = bytes.subarray(stringEnd, bodyEnd);
  assertXattrs(xattrs);
  const [uid, gid] = [readU32(bytes, leading), readU32(bytes, leading + 4)];
  const [mode, rdev] = [readU32(bytes, leading + 8), readU32(bytes, leading + 12)];
  const symlinkTarget = stringEnd - 1 === stringStart ? '' : decodeUtf8(bytes.subarray(stringStart, stringEnd - 1), what);
  const header = { uid, gid, mode, rdev, symlinkTarget, xattrs };
  assertSensible(header, what);
  return header;
}

function assertSensible({ mode, rdev, symlinkTarget }: FileHeader, what: string): void {
  assertFileMode(mode, what);
  if (rdev !== 0) throw formatInvalid(what, `device number ${rdev} of a file that is no device`);
  if (isSymlink(mode) === (symlinkTarget === '')) {
    throw formatInvalid(what, isSymlink(mode) ? 'a symlink without target' : 'a regular file with a symlink target');
  }
}

/** Throws FORMAT_INVALID unless the mode tells a regular file or a symlink (ostree_validate_structureof_file_mode). */
function assertFileMode(mode: number, what: string): void {
  const known = (mode & ~(S_IFMT | PERMISSION_BITS)) === 0;
  if (known && (isRegular(mode) || isSymlink(mode))) return;
  throw formatInvalid(what, `mode 0${mode.toString(8)} tells a ${fileTypeWords(mode)}`);
}

/**
 * How many bytes of a `.filez` must be read to have its whole header, told by the first 8 of them.
 * Throws FORMAT_INVALID for a length above `maxHeader` or padding that is not zero.
 */
export function filezHeaderBytes(bytes: Uint8Array, maxHeader: number = MAX_METADATA_BYTES): number {
  if (bytes.length < LENGTH_PREFIX_BYTES) throw formatInvalid('archive object', 'it ends inside its length prefix');
  const length = readU32(bytes, 0);
  if (length > maxHeader) throw formatInvalid('archive object', `a header of ${length} bytes is too long`);
  if (readU32(bytes, 4) !== 0) throw formatInvalid('archive object', 'the padding of its length is not zero');
  return LENGTH_PREFIX_BYTES + length;
}

/** Reads the header at the start of a `.filez`; FORMAT_INVALID when `bytes` end before it does. */
export function readFilezHeader(bytes: Uint8Array, maxHeader: number = MAX_METADATA_BYTES): FilezHeader {
  const headerBytes = filezHeaderBytes(bytes, maxHeader);
  if (bytes.length < headerBytes) throw formatInvalid('archive object', 'it ends inside its header');
  const tuple = bytes.subarray(LENGTH_PREFIX_BYTES, headerBytes);
  const header = parseHeader(tuple, SIZE_BYTES, 'archive object');
  const sizeBytes = readU64(tuple, 0);
  if (!Number.isSafeInteger(sizeBytes)) throw formatInvalid('archive object', `impossible content size ${sizeBytes}`);
  return { header, sizeBytes, headerBytes };
}

/** Serialises the value of `user.ostreemeta`, `(uuua(ayay))`: what a bare-user inode cannot hold. */
export function writeOstreemeta(header: Ownership): Uint8Array {
  return writeOwnership(header);
}

/** Reads `user.ostreemeta`; the mode must tell a regular file or a symlink. */
export function readOstreemeta(bytes: Uint8Array): Ownership {
  const ownership = readOwnership(bytes, 'user.ostreemeta');
  assertFileMode(ownership.mode, 'user.ostreemeta');
  return ownership;
}
