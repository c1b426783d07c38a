/**
 * The headers of content objects, as the engines need them: no xattr list is opened here, it stays bytes.
 * `format/object/file-header` has the full reader; a cross-check test holds the two together.
 */
import { CoppiceError } from '../base/errors.ts';
import { isRegular, isSymlink } from '../base/unix-mode.ts';

/** What is hashed before the content, apart from its length prefix. */
export interface ContentHeader {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Empty for a regular file. */
  readonly symlinkTarget: string;
  /** Serialised `a(ayay)`. */
  readonly xattrs: Uint8Array;
}

/** A `.filez` file taken apart. */
export interface ArchiveHeader {
  readonly header: ContentHeader;
  /** Length of the content after inflating. */
  readonly sizeBytes: number;
  /** Where the deflate stream begins. */
  readonly headerBytes: number;
}

/** The one empty xattr list. */
export const NO_XATTRS = new Uint8Array(0);

/** BE32 length of the variant, then four zero bytes that pad it to 8. */
export const LENGTH_PREFIX_BYTES = 8;

/** libostree's cap on metadata; a header that claims more is broken. */
const MAX_HEADER_BYTES = 128 * 1024 * 1024;

/** uid, gid, mode, rdev. */
const FIXED_BYTES = 16;
/** The size that stands before them in an archive. */
const SIZE_BYTES = 8;

/** Bytes of one GVariant framing offset in a container of `body` bytes with one such offset. */
function offsetWidth(body: number): 1 | 2 | 4 {
  if (body + 1 <= 0xff) return 1;
  return body + 2 <= 0xffff ? 2 : 4;
}

/** Writes length prefix, fixed members from `at`, target, xattrs and the framing offset. */
function writePrefixed(header: ContentHeader, sizeBytes: number | undefined): Buffer {
  const target = Buffer.from(header.symlinkTarget, 'utf8');
  const fixed = sizeBytes === undefined ? FIXED_BYTES : FIXED_BYTES + SIZE_BYTES;
  const targetEnd = fixed + target.length + 1;
  const body = targetEnd + header.xattrs.length;
  const width = offsetWidth(body);
  const bytes = Buffer.allocUnsafe(LENGTH_PREFIX_BYTES + body + width).fill(0); // from node's pool: one a file is made
  bytes.writeUInt32BE(body + width, 0);
  let at = LENGTH_PREFIX_BYTES;
  if (sizeBytes !== undefined) at = bytes.writeBigUInt64BE(BigInt(sizeBytes), at);
  at = bytes.writeUInt32BE(header.uid, at);
  at = bytes.writeUInt32BE(header.gid, at);
  at = bytes.writeUInt32BE(header.mode, at);
  at = bytes.writeUInt32BE(0, at); // rdev
  bytes.set(target, at);
  bytes.set(header.xattrs, LENGTH_PREFIX_BYTES + targetEnd);
  bytes.writeUIntLE(targetEnd, LENGTH_PREFIX_BYTES + body, width);
  return bytes;
}

/** `BE32(length) ‖ 0×4 ‖ (uuuusa(ayay))`: the bytes hashed before the content. */
export function hashPrefix(header: ContentHeader): Buffer {
  return writePrefixed(header, undefined);
}

/** `BE32(length) ‖ 0×4 ‖ (tuuuusa(ayay))`: the bytes before the deflate stream of a `.filez`. */
export function archivePrefix(header: ContentHeader, sizeBytes: number): Buffer {
  return writePrefixed(header, sizeBytes);
}

function broken(reason: string): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `broken archive header: ${reason}`);
}

/** How many bytes the header of a `.filez` takes, by its first eight bytes. */
export function archivePrefixLength(start: Uint8Array): number {
  if (start.length < LENGTH_PREFIX_BYTES) throw broken('the file is too short');
  const length = Buffer.from(start.buffer, start.byteOffset, start.length).readUInt32BE(0);
  if (length < FIXED_BYTES + SIZE_BYTES + 2 || length > MAX_HEADER_BYTES) throw broken(`its length is ${length} bytes`);
  return LENGTH_PREFIX_BYTES + length;
}

/** Reads the header of a `.filez` from its first bytes; FORMAT_INVALID unless it is in normal form. */
export function readArchiveHeader(bytes: Uint8Array): ArchiveHeader {
  const headerBytes = archivePrefixLength(bytes);
  if (headerBytes > bytes.length) throw broken('the file ends inside it');
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes);
  const size = whole.readBigUInt64BE(LENGTH_PREFIX_BYTES);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`it claims ${size} bytes of content`);
  const header = readFields(whole.subarray(LENGTH_PREFIX_BYTES));
  checkKind(header);
  const parsed = { header, sizeBytes: Number(size), headerBytes };
  if (!archivePrefix(header, parsed.sizeBytes).equals(whole)) throw broken('not in normal form');
  return parsed;
}

/** The header outlives the buffer that it is read from. */
function copyOf(xattrs: Uint8Array): Uint8Array {
  return xattrs.length === 0 ? NO_XATTRS : new Uint8Array(xattrs);
}

function readFields(variant: Buffer): ContentHeader {
  const width = variant.length <= 0xff ? 1 : variant.length <= 0xffff ? 2 : 4;
  const targetEnd = variant.readUIntLE(variant.length - width, width);
  const targetStart = SIZE_BYTES + FIXED_BYTES;
  if (targetEnd <= targetStart || targetEnd > variant.length - width) throw broken('an offset points outside');
  return {
    uid: variant.readUInt32BE(SIZE_BYTES),
    gid: variant.readUInt32BE(SIZE_BYTES + 4),
    mode: variant.readUInt32BE(SIZE_BYTES + 8),
    symlinkTarget: variant.toString('utf8', targetStart, targetEnd - 1),
    xattrs: copyOf(variant.subarray(targetEnd, variant.length - width)),
  };
}

function checkKind({ mode, symlinkTarget }: ContentHeader): void {
  if (!isRegular(mode) && !isSymlink(mode)) throw broken(`mode 0${mode.toString(8)} is neither file nor symlink`);
  if (isRegular(mode) === (symlinkTarget !== '')) throw broken('the symlink target does not fit the mode');
  if (symlinkTarget.includes('\0')) throw broken('the symlink target contains a NUL byte');
}
