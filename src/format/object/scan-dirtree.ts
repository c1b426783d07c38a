import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { formatInvalid } from '../format-error.ts';
import { framedSize, offsetSizeOf, readOffset } from '../gvariant/framing.ts';
import { decodeUtf8 } from '../utf8.ts';

/** Told where each entry's name lies, without the NUL behind it, and where its checksums begin. */
export interface EntryVisitor {
  /** `checksum` is where the 32 bytes of a content checksum begin. */
  file(name: number, nameEnd: number, checksum: number): void;
  /** `checksums` is where the 64 bytes begin: dirtree, then dirmeta. */
  directory(name: number, nameEnd: number, checksums: number): void;
}

/** Where the entries of one array end. */
interface ArrayFrame {
  readonly start: number;
  readonly bodyEnd: number;
  readonly count: number;
  readonly offsetSize: 0 | 1 | 2 | 4 | 8;
}

const [DOT, SLASH, FIRST_NOT_ASCII] = [0x2e, 0x2f, 0x80];

/**
 * Looks at all of a dirtree and makes nothing of it; throws FORMAT_INVALID unless it is in normal form, every name is a
 * valid file name, both lists ascend strictly and no name is in both. What was visited before counts only if it returns.
 */
export function scanDirtree(bytes: Uint8Array, visitor: EntryVisitor): void {
  const offsetSize = offsetSizeOf(bytes.length);
  const bodyEnd = bytes.length - offsetSize;
  const filesEnd = readOffset(bytes, bodyEnd, offsetSize);
  if (bodyEnd < 0 || offsetSize === 0 || filesEnd > bodyEnd || framedSize(bodyEnd, 1) !== bytes.length) {
    throw invalid('its framing is broken');
  }
  const [files, directories] = [frameOf(bytes, 0, filesEnd), frameOf(bytes, filesEnd, bodyEnd)];
  scanArray(bytes, files, (start, end) => scanFile(bytes, start, end, visitor));
  scanArray(bytes, directories, (start, end) => scanDirectory(bytes, start, end, visitor));
  assertApart(bytes, files, directories);
}

/** As `scanDirtree` where nothing is wanted of what it holds. */
export function assertDirtree(bytes: Uint8Array): void {
  scanDirtree(bytes, NOBODY);
}

const NOBODY: EntryVisitor = { file: () => undefined, directory: () => undefined };

function invalid(reason: string): Error {
  return formatInvalid('dirtree', reason);
}

function frameOf(bytes: Uint8Array, start: number, end: number): ArrayFrame {
  const offsetSize = offsetSizeOf(end - start);
  if (offsetSize === 0) return { start, bodyEnd: start, count: 0, offsetSize };
  const bodySize = readOffset(bytes, end - offsetSize, offsetSize);
  const count = (end - start - bodySize) / offsetSize;
  if (!Number.isInteger(count) || count < 1 || framedSize(bodySize, count) !== end - start) {
    throw invalid('the framing of a list is broken');
  }
  return { start, bodyEnd: start + bodySize, count, offsetSize };
}

function scanArray(bytes: Uint8Array, frame: ArrayFrame, scan: (start: number, end: number) => void): void {
  let previous = -1;
  let start = frame.start;
  for (let index = 0; index < frame.count; index++) {
    const end = entryEnd(bytes, frame, index);
    if (end <= start || end > frame.bodyEnd) throw invalid('an entry ends outside of its list');
    scan(start, end);
    if (previous >= 0 && compareNames(bytes, previous, start) >= 0) throw invalid('names are not sorted, or one is repeated');
    previous = start;
    start = end;
  }
}

function entryEnd(bytes: Uint8Array, { start, bodyEnd, offsetSize }: ArrayFrame, index: number): number {
  return start + readOffset(bytes, bodyEnd + index * offsetSize, offsetSize);
}

/** Compares two NUL-ended names in place; both are known to end inside the object. */
function compareNames(bytes: Uint8Array, left: number, right: number): number {
  let i = 0;
  while (bytes[left + i] === bytes[right + i] && bytes[left + i] !== 0) i += 1;
  return (bytes[left + i] ?? 0) - (bytes[right + i] ?? 0);
}

function scanFile(bytes: Uint8Array, start: number, end: number, visitor: EntryVisitor): void {
  const offsetSize = offsetSizeOf(end - start);
  const bodyEnd = end - offsetSize;
  const checksum = start + readOffset(bytes, bodyEnd, offsetSize);
  if (checksum + CHECKSUM_BYTES !== bodyEnd || framedSize(bodyEnd - start, 1) !== end - start) {
    throw invalid('the framing of a file is broken, or its checksum has not 32 bytes');
  }
  assertName(bytes, start, checksum);
  visitor.file(start, checksum - 1, checksum);
}

function scanDirectory(bytes: Uint8Array, start: number, end: number, visitor: EntryVisitor): void {
  const offsetSize = offsetSizeOf(end - start);
  const bodyEnd = end - 2 * offsetSize;
  const tree = bodyEnd > start ? start + readOffset(bytes, bodyEnd + offsetSize, offsetSize) : start;
  const meta = tree + CHECKSUM_BYTES;
  if (
    meta + CHECKSUM_BYTES !== bodyEnd ||
    start + readOffset(bytes, bodyEnd, offsetSize) !== meta ||
    framedSize(bodyEnd - start, 2) !== end - start
  ) {
    throw invalid('the framing of a directory is broken, or a checksum has not 32 bytes');
  }
  assertName(bytes, start, tree);
  visitor.directory(start, tree - 1, tree);
}

/** Looks at the string in start..end, its NUL included. */
function assertName(bytes: Uint8Array, start: number, end: number): void {
  const last = end - 1;
  if (last <= start || bytes[last] !== 0) throw invalid('a file name is empty or does not end in NUL');
  if (isPlainName(bytes, start, last)) return;
  const fault = fileNameFault(decodeUtf8(bytes.subarray(start, last), 'dirtree'));
  if (fault !== undefined) throw invalid(fault);
}

/** Whether nothing can be wrong with it, as with almost all names: to be decoded only for a look takes longer. */
function isPlainName(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === DOT && end - start <= 2) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0 || byte === SLASH || byte >= FIRST_NOT_ASCII) return false;
  }
  return true;
}

/** Both lists ascend: one pass over them finds a name that they share. */
function assertApart(bytes: Uint8Array, files: ArrayFrame, directories: ArrayFrame): void {
  let [i, j] = [0, 0];
  let [file, directory] = [files.start, directories.start];
  while (i < files.count && j < directories.count) {
    const order = compareNames(bytes, file, directory);
    if (order === 0) throw invalid(`"${nameAt(bytes, file)}" is both a file and a directory`);
    if (order < 0) file = entryEnd(bytes, files, i++);
    else directory = entryEnd(bytes, directories, j++);
  }
}

function nameAt(bytes: Uint8Array, start: number): string {
  return decodeUtf8(bytes.subarray(start, bytes.indexOf(0, start)), 'dirtree');
}
