import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { formatInvalid } from '../format-error.ts';
import { framedSize, offsetSizeOf, readOffset } from '../gvariant/framing.ts';

/** Told where the checksums of a dirtree's entries begin. */
export interface ChildVisitor {
  /** `at` is where the 32 bytes of a content checksum begin. */
  file(bytes: Uint8Array, at: number): void;
  /** `at` is where the 64 bytes begin: dirtree, then dirmeta. */
  directory(bytes: Uint8Array, at: number): void;
}

/**
 * Visits the checksums in the dirtree that lies in `start..end`, without its names: a tenth of the time of `readDirtree`.
 * Throws FORMAT_INVALID where the framing is broken. For objects whose own checksum was verified: names are not looked at.
 */
export function visitDirtreeChildren(bytes: Uint8Array, start: number, end: number, visitor: ChildVisitor): void {
  const offsetSize = offsetSizeOf(end - start);
  const bodyEnd = end - offsetSize;
  if (offsetSize === 0 || bodyEnd < start) throw broken();
  const filesEnd = start + readOffset(bytes, bodyEnd, offsetSize);
  if (filesEnd > bodyEnd || framedSize(bodyEnd - start, 1) !== end - start) throw broken();
  visitArray(bytes, start, filesEnd, (at, entryEnd) => {
    visitor.file(bytes, checksumsOf(bytes, at, entryEnd, 1));
  });
  visitArray(bytes, filesEnd, bodyEnd, (at, entryEnd) => {
    visitor.directory(bytes, checksumsOf(bytes, at, entryEnd, 2));
  });
}

function visitArray(bytes: Uint8Array, start: number, end: number, visit: (at: number, entryEnd: number) => void): void {
  const offsetSize = offsetSizeOf(end - start);
  if (offsetSize === 0) return;
  const bodySize = readOffset(bytes, end - offsetSize, offsetSize);
  const count = (end - start - bodySize) / offsetSize;
  if (!Number.isInteger(count) || count < 1 || framedSize(bodySize, count) !== end - start) throw broken();
  const bodyEnd = start + bodySize;
  let at = start;
  for (let index = 0; index < count; index++) {
    const entryEnd = start + readOffset(bytes, bodyEnd + index * offsetSize, offsetSize);
    if (entryEnd <= at || entryEnd > bodyEnd) throw broken();
    visit(at, entryEnd);
    at = entryEnd;
  }
}

/** Where the `count` checksums at the end of an entry begin; all offsets must say so. */
function checksumsOf(bytes: Uint8Array, at: number, end: number, count: 1 | 2): number {
  const offsetSize = offsetSizeOf(end - at);
  const bodyEnd = end - count * offsetSize;
  const first = bodyEnd - count * CHECKSUM_BYTES;
  const nameEnd = at + readOffset(bytes, end - offsetSize, offsetSize);
  const treeEnd = count === 1 ? bodyEnd : at + readOffset(bytes, bodyEnd, offsetSize);
  const sound = first > at && nameEnd === first && treeEnd === first + CHECKSUM_BYTES;
  if (!sound || framedSize(bodyEnd - at, count) !== end - at) throw broken();
  return first;
}

function broken(): Error {
  return formatInvalid('dirtree', 'its framing is broken');
}
