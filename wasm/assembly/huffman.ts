/** Canonical Huffman codes of DEFLATE (RFC 1951, 3.2.2): short ones are looked up, the rare long ones found by length. */

/** The order in which a block tells the lengths of its code of lengths (RFC 1951, 3.2.7). */
export const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
/** Longest code of DEFLATE, in bits. */
const MAX_BITS: u32 = 15;

/** What a symbol means, with the length of its code in the lowest four bits; 0 is no code. */
export type Entry = u32;

/** A code: codes by length (u16 each), symbols in order of their codes (u16 each), entries of short codes (u32 each). */
// @ts-ignore: decorator
@unmanaged
export class Code {
  counts: usize;
  symbols: usize;
  /** Where the next symbol of each length goes (u16 each); used while a code is built. */
  places: usize;
  short: usize;
  /** Codes of so many bits are short. */
  shortBits: u32;
  /** What each symbol means, without a length. */
  meanings: usize;
}

/**
 * Builds the code from the lengths (u8 each) of `symbols` symbols. False where it is not complete: zlib allows that in one
 * case only, a single distance, which is left to it.
 */
export function buildCode(code: Code, lengths: usize, symbols: u32): bool {
  memory.fill(code.counts, 0, (MAX_BITS + 1) * 2);
  for (let symbol: usize = 0; symbol < symbols; symbol++) {
    const count = code.counts + (<usize>load<u8>(lengths + symbol) << 1);
    store<u16>(count, load<u16>(count) + 1);
  }
  store<u16>(code.counts, 0);
  let left: i32 = 1;
  let place: u16 = 0;
  for (let bits: usize = 1; bits <= MAX_BITS; bits++) {
    const count = load<u16>(code.counts + (bits << 1));
    left = (left << 1) - <i32>count;
    if (left < 0) return false;
    store<u16>(code.places + (bits << 1), place);
    place += count;
  }
  if (left != 0) return false;
  for (let symbol: usize = 0; symbol < symbols; symbol++) {
    const bits = <usize>load<u8>(lengths + symbol);
    if (bits == 0) continue;
    const at = code.places + (bits << 1);
    const index = load<u16>(at);
    store<u16>(code.symbols + (<usize>index << 1), <u16>symbol);
    store<u16>(at, index + 1);
  }
  fillShort(code);
  return true;
}

/** Goes through the short codes in order; the stream has the first bit of a code lowest, so they are counted mirrored. */
function fillShort(code: Code): void {
  const size: u32 = 1 << code.shortBits;
  memory.fill(code.short, 0, size << 2);
  let index: usize = 0;
  let mirrored: u32 = 0;
  for (let bits: u32 = 1; bits <= code.shortBits; bits++) {
    const step: u32 = 1 << bits;
    for (let left = load<u16>(code.counts + (<usize>bits << 1)); left > 0; left--) {
      const symbol = <usize>load<u16>(code.symbols + (index << 1));
      const entry = load<u32>(code.meanings + (symbol << 2)) | bits;
      for (let at = mirrored; at < size; at += step) store<u32>(code.short + (<usize>at << 2), entry);
      index++;
      mirrored = nextMirrored(mirrored, step >> 1);
    }
  }
}

/** Adds one to a mirrored number whose lowest bit is `last`. */
// @ts-ignore: decorator
@inline
function nextMirrored(mirrored: u32, last: u32): u32 {
  let bit = last;
  while (mirrored & bit) bit >>= 1;
  return bit == 0 ? 0 : (mirrored & (bit - 1)) | bit;
}

/** The entry of the code that `stream` begins with, longer than the short ones; 0 where there is none. */
export function longEntry(code: Code, stream: u32): Entry {
  let value: i32 = 0;
  let first: i32 = 0;
  let index: i32 = 0;
  for (let bits: u32 = 1; bits <= MAX_BITS; bits++) {
    value |= (stream >> (bits - 1)) & 1;
    const count = <i32>load<u16>(code.counts + (<usize>bits << 1));
    if (value - first < count) {
      const symbol = <usize>load<u16>(code.symbols + (<usize>(index + value - first) << 1));
      return load<u32>(code.meanings + (symbol << 2)) | bits;
    }
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  return 0;
}
