import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { formatInvalid } from '../format-error.ts';
import { framedSize, offsetSizeOf, readOffset } from '../gvariant/framing.ts';
import { asBuffer, decodeUtf8 } from '../utf8.ts';
import type { Dirtree, DirtreeDirectory, DirtreeFile } from './dirtree.ts';
import { nameInBoth } from './name-in-both.ts';

/** Where the entries of one array end, relative to the object's start. */
interface ArrayFrame {
  readonly start: number;
  readonly bodyEnd: number;
  readonly count: number;
  readonly offsetSize: 0 | 1 | 2 | 4 | 8;
}

/**
 * Reads a dirtree; throws FORMAT_INVALID unless it is in normal form, every name is a valid file name, both lists
 * ascend strictly and no name is in both. Checksums share memory with `bytes`.
 */
export function readDirtree(bytes: Uint8Array): Dirtree {
  const buffer = asBuffer(bytes);
  const offsetSize = offsetSizeOf(bytes.length);
  const bodyEnd = bytes.length - offsetSize;
  const filesEnd = readOffset(bytes, bodyEnd, offsetSize);
  if (bodyEnd < 0 || offsetSize === 0 || filesEnd > bodyEnd || framedSize(bodyEnd, 1) !== bytes.length) {
    throw invalid('its framing is broken');
  }
  const files = readArray(buffer, frameOf(bytes, 0, filesEnd), readFile);
  const directories = readArray(buffer, frameOf(bytes, filesEnd, bodyEnd), readDirectory);
  const shared = nameInBoth(files, directories);
  if (shared !== undefined) throw invalid(`"${shared}" is both a file and a directory`);
  return { files, directories };
}

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

type EntryReader<T> = (buffer: Buffer, start: number, end: number) => T;

function readArray<T extends { readonly name: string }>(buffer: Buffer, frame: ArrayFrame, read: EntryReader<T>): T[] {
  const { start, bodyEnd, count, offsetSize } = frame;
  const entries: T[] = [];
  let previous = -1;
  let entryStart = start;
  for (let i = 0; i < count; i++) {
    const entryEnd = start + readOffset(buffer, bodyEnd + i * offsetSize, offsetSize);
    if (entryEnd <= entryStart || entryEnd > bodyEnd) throw invalid('an entry ends outside of its list');
    entries.push(read(buffer, entryStart, entryEnd));
    if (previous >= 0) assertAscending(buffer, previous, entryStart);
    previous = entryStart;
    entryStart = entryEnd;
  }
  return entries;
}

/** Compares two NUL-ended names in place; both are known to end inside the object. */
function assertAscending(buffer: Buffer, left: number, right: number): void {
  let i = 0;
  while (buffer[left + i] === buffer[right + i] && buffer[left + i] !== 0) i += 1;
  if ((buffer[left + i] ?? 0) >= (buffer[right + i] ?? 0)) throw invalid('names are not sorted, or one is repeated');
}

function readFile(buffer: Buffer, start: number, end: number): DirtreeFile {
  const offsetSize = offsetSizeOf(end - start);
  const bodyEnd = end - offsetSize;
  const nameEnd = start + readOffset(buffer, bodyEnd, offsetSize);
  if (nameEnd + CHECKSUM_BYTES !== bodyEnd || framedSize(bodyEnd - start, 1) !== end - start) {
    throw invalid('the framing of a file is broken, or its checksum has not 32 bytes');
  }
  return { name: readName(buffer, start, nameEnd), checksum: viewOf(buffer, nameEnd, bodyEnd) };
}

function readDirectory(buffer: Buffer, start: number, end: number): DirtreeDirectory {
  const offsetSize = offsetSizeOf(end - start);
  const bodyEnd = end - 2 * offsetSize;
  const nameEnd = bodyEnd > start ? start + readOffset(buffer, bodyEnd + offsetSize, offsetSize) : start;
  const treeEnd = nameEnd + CHECKSUM_BYTES;
  if (
    treeEnd + CHECKSUM_BYTES !== bodyEnd ||
    start + readOffset(buffer, bodyEnd, offsetSize) !== treeEnd ||
    framedSize(bodyEnd - start, 2) !== end - start
  ) {
    throw invalid('the framing of a directory is broken, or a checksum has not 32 bytes');
  }
  return {
    name: readName(buffer, start, nameEnd),
    tree: viewOf(buffer, nameEnd, treeEnd),
    meta: viewOf(buffer, treeEnd, bodyEnd),
  };
}

/** A plain array costs less than the Buffer that `subarray` would make. */
function viewOf(buffer: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start);
}

/** Reads the string in start..end, its NUL included. */
function readName(buffer: Buffer, start: number, end: number): string {
  const last = end - 1;
  if (last <= start || buffer[last] !== 0) throw invalid('a file name is empty or does not end in NUL');
  const name = isAscii(buffer, start, last)
    ? buffer.toString('latin1', start, last)
    : decodeUtf8(buffer.subarray(start, last), 'dirtree');
  const fault = fileNameFault(name);
  if (fault !== undefined) throw invalid(fault);
  return name;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] ?? 0) >= 0x80) return false;
  return true;
}
