import { asBuffer } from '../utf8.ts';
import { BLOCK_BYTES, readNumber, sizeOf } from './header-block.ts';
import type { PaxRecords } from './pax-records.ts';
import { DAMAGED, tarFault, UNORDERED } from './tar-fault.ts';

/** A stretch of a sparse file that the archive holds; the rest is zeros. */
export interface SparseBlock {
  readonly offset: number;
  readonly length: number;
}

/** No file of an archive that may be read has more stretches; a map of so many takes 48 MB. */
const MAX_BLOCKS = 1_000_000;

const OLD_ENTRY_BYTES = 24;

/** Reads `count` pairs of twelve-byte numbers (old GNU format); an empty one ends the list. */
export function readOldSparseBlocks(bytes: Uint8Array, count: number): SparseBlock[] {
  const blocks: SparseBlock[] = [];
  for (let at = 0; at < count * OLD_ENTRY_BYTES && bytes[at] !== 0; at += OLD_ENTRY_BYTES) {
    const offset = sizeOf(readNumber(bytes.subarray(at, at + 12)));
    blocks.push({ offset, length: sizeOf(readNumber(bytes.subarray(at + 12, at + OLD_ENTRY_BYTES))) });
  }
  return blocks;
}

/** The map that pax records hold: formats 0.0 (`offset`, `numbytes` repeated) and 0.1 (`map`). */
export function sparseBlocksOf(records: PaxRecords): SparseBlock[] {
  const numbers: number[] = [];
  for (const [key, value] of records) {
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') numbers.push(readDecimal(value));
    if (key === 'GNU.sparse.map' && value.length > 0) numbers.push(...value.toString('latin1').split(',').map((text) => readDecimal(Buffer.from(text))));
  }
  return pairUp(numbers);
}

/**
 * Format 1.0, at the start of the data: the number of blocks, then offset and length of each, every number with a
 * newline, padded to a block with zeros. Undefined while there are too few bytes; `mapBytes` counts the padding.
 */
export function readSparseMap(bytes: Uint8Array): { blocks: SparseBlock[]; mapBytes: number } | undefined {
  const buffer = asBuffer(bytes);
  const numbers: number[] = [];
  let [wanted, at] = [1, 0];
  while (numbers.length < wanted) {
    const end = buffer.indexOf(0x0a, at);
    if (end < 0) {
      if (buffer.length - at > BLOCK_BYTES) throw tarFault(DAMAGED);
      return undefined;
    }
    numbers.push(readDecimal(buffer.subarray(at, end)));
    if (numbers.length === 1) wanted = 1 + 2 * Math.min(numbers[0] ?? 0, MAX_BLOCKS + 1);
    at = end + 1;
  }
  return { blocks: pairUp(numbers.slice(1)), mapBytes: Math.ceil(at / BLOCK_BYTES) * BLOCK_BYTES };
}

function pairUp(numbers: readonly number[]): SparseBlock[] {
  if (numbers.length % 2 !== 0 || numbers.length > 2 * MAX_BLOCKS) throw tarFault(DAMAGED);
  const blocks: SparseBlock[] = [];
  for (let at = 0; at < numbers.length; at += 2) blocks.push({ offset: numbers[at] ?? 0, length: numbers[at + 1] ?? 0 });
  return blocks;
}

export function readDecimal(text: Buffer): number {
  const digits = text.toString('latin1');
  if (!/^[0-9]{1,20}$/.test(digits)) throw tarFault(DAMAGED);
  return sizeOf(BigInt(digits));
}

/** Throws FORMAT_INVALID unless the blocks ascend without overlapping. */
export function assertOrdered(blocks: readonly SparseBlock[]): void {
  let end = 0;
  for (const { offset, length } of blocks) {
    if (offset < end) throw tarFault(UNORDERED);
    end = offset + length;
  }
}
