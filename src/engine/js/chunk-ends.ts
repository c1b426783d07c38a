import { CoppiceError } from '../../base/errors.ts';
import type { ChunkBounds } from '../engine.ts';

const TABLE_ENTRIES = 256;

/** A 32-bit gear hash forgets what lies further back: each step shifts the older bytes one bit out. */
const MEMORY_BYTES = 32;

/** The gear table of every engine: a Weyl sequence through a 32-bit finaliser, so that no table needs storing. */
export function gearTable(): Uint32Array {
  const table = new Uint32Array(TABLE_ENTRIES);
  let state = 0x9e3779b9;
  for (let i = 0; i < TABLE_ENTRIES; i++) {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    table[i] = z ^ (z >>> 16);
  }
  return table;
}

/** The top log2(average) bits of the hash; throws USAGE for bounds that make no sense. */
export function cutMask({ minimum, average, maximum }: ChunkBounds): number {
  const bits = Math.log2(average);
  if (!Number.isInteger(bits) || bits < 1 || bits > 31) {
    throw new CoppiceError('USAGE', `the average chunk of ${average} bytes is not a power of two`);
  }
  if (!Number.isInteger(minimum) || !Number.isInteger(maximum) || minimum < 1 || maximum < minimum) {
    throw new CoppiceError('USAGE', `chunks of ${minimum} to ${maximum} bytes cannot be made`);
  }
  return (-1 << (32 - bits)) | 0;
}

/** The rule of one run. */
interface Cutter {
  readonly bounds: ChunkBounds;
  readonly gear: Uint32Array;
  readonly mask: number;
}

/** Where the chunk that begins at `start` ends. */
function nextEnd(bytes: Uint8Array, start: number, { bounds, gear, mask }: Cutter): number {
  const last = Math.min(start + bounds.maximum, bytes.length);
  const first = start + bounds.minimum;
  let hash = 0;
  let i = Math.max(start, first - MEMORY_BYTES);
  for (; i < first - 1 && i < last; i++) hash = ((hash << 1) + (gear[bytes[i] ?? 0] ?? 0)) | 0;
  for (; i < last; i++) {
    hash = ((hash << 1) + (gear[bytes[i] ?? 0] ?? 0)) | 0;
    if ((hash & mask) === 0) return i + 1;
  }
  return last;
}

/** Cuts `bytes` after a byte where the gear hash, started anew at each chunk, has its top bits zero. */
export function chunkEnds(bytes: Uint8Array, bounds: ChunkBounds): Uint32Array {
  const cutter = { bounds, gear: gearTable(), mask: cutMask(bounds) };
  const ends: number[] = [];
  for (let start = 0; start < bytes.length; ) {
    start = nextEnd(bytes, start, cutter);
    ends.push(start);
  }
  return Uint32Array.from(ends);
}
