import { buildCode, Code, Entry, longEntry, ORDER } from './huffman';
import {
  CODES, DISTANCE_MEANINGS, DISTANCE_TABLE, LENGTH_MEANINGS, LENGTH_TABLE, LENGTHS, LITERAL_MEANINGS, LITERAL_TABLE, WINDOW,
} from './memory-map';

/** Meanings: the value from bit 8 on, extra bits that follow in bits 4 to 7, and one of these flags for a literal or the end. */
const LITERAL: u32 = 0x8000_0000;
const END: u32 = 0x4000_0000;
const VALUE: u32 = 0x7fff;

const LITERALS: u32 = 288;
const DISTANCES: u32 = 30;
const LENGTH_CODES: u32 = 19;
/** Longest short codes. A code length has no longer one. */
const LITERAL_BITS: u32 = 10;
const DISTANCE_BITS: u32 = 9;
const LENGTH_BITS: u32 = 7;

const literals: Code = changetype<Code>(CODES);
const distances: Code = changetype<Code>(CODES + 0x40);
const lengths: Code = changetype<Code>(CODES + 0x80);

/** A literal with its length and a distance with both their extra bits take 48 bits at most. */
const ENOUGH_BITS: i32 = 48;

let next: usize = 0;
let inputEnd: usize = 0;
let bits: u64 = 0;
let count: i32 = 0;

/** Writes down what symbols mean; called once after instantiation. */
export function initInflate(): void {
  layOut(literals, LITERAL_TABLE, LITERALS, LITERAL_BITS);
  layOut(distances, DISTANCE_TABLE, 32, DISTANCE_BITS);
  layOut(lengths, LENGTH_TABLE, 32, LENGTH_BITS);
  literals.meanings = LITERAL_MEANINGS;
  distances.meanings = DISTANCE_MEANINGS;
  lengths.meanings = LENGTH_MEANINGS;
  for (let symbol: u32 = 0; symbol < 256; symbol++) mean(literals, symbol, (symbol << 8) | LITERAL);
  mean(literals, 256, END);
  let base: u32 = 3;
  for (let symbol: u32 = 257; symbol < 285; symbol++) {
    const extra: u32 = symbol < 265 ? 0 : (symbol - 261) >> 2;
    mean(literals, symbol, (base << 8) | (extra << 4));
    base += 1 << extra;
  }
  mean(literals, 285, 258 << 8);
  base = 1;
  for (let symbol: u32 = 0; symbol < DISTANCES; symbol++) {
    const extra: u32 = symbol < 4 ? 0 : (symbol - 2) >> 1;
    mean(distances, symbol, (base << 8) | (extra << 4));
    base += 1 << extra;
  }
  for (let symbol: u32 = 0; symbol < LENGTH_CODES; symbol++) mean(lengths, symbol, symbol << 8);
}

function layOut(code: Code, table: usize, symbols: u32, shortBits: u32): void {
  code.short = table;
  code.symbols = table + (<usize>4 << shortBits);
  code.counts = code.symbols + (<usize>symbols << 1);
  code.places = code.counts + 32;
  code.shortBits = shortBits;
}

function mean(code: Code, symbol: u32, meaning: u32): void {
  store<u32>(code.meanings + (<usize>symbol << 2), meaning);
}

/** Where the host finds the output of `inflate`. */
// @ts-ignore: decorator
@inline
function outputOf(length: u32): usize {
  return WINDOW + <usize>((length + 15) & ~7);
}

/**
 * Inflates the raw DEFLATE stream in the first `length` bytes of the window to exactly `size` bytes, behind it at the next
 * multiple of eight that leaves eight bytes free; eight more are needed behind them. Returns how many bytes the stream takes,
 * or −1 for one that is broken, has another size, or has a code that is not complete.
 */
export function inflate(length: u32, size: u32): i32 {
  next = WINDOW;
  inputEnd = WINDOW + <usize>length;
  bits = 0;
  count = 0;
  const start = outputOf(length);
  const limit = start + <usize>size;
  let out = start;
  let final: bool = false;
  while (!final) {
    refill();
    final = take(1) == 1;
    const kind = take(2);
    if (count < 0) return -1;
    if (kind == 0) out = copyStored(out, limit);
    else out = readCodes(kind) ? inflateCodes(out, start, limit) : 0;
    if (out == 0) return -1;
  }
  if (out != limit) return -1;
  return <i32>(next - WINDOW) - (count >> 3);
}

/** At least 56 bits, where the input has so many. */
// @ts-ignore: decorator
@inline
function refill(): void {
  if (next + 8 <= inputEnd) {
    bits |= load<u64>(next) << <u64>count;
    next += (63 - count) >> 3;
    count |= 56;
  } else {
    while (count <= 56 && next < inputEnd) {
      bits |= <u64>load<u8>(next++) << <u64>count;
      count += 8;
    }
  }
}

/** The count falls below zero where the input has ended. */
// @ts-ignore: decorator
@inline
function take(width: u32): u32 {
  const value = <u32>bits & ((1 << width) - 1);
  bits >>= <u64>width;
  count -= <i32>width;
  return value;
}

function copyStored(out: usize, limit: usize): usize {
  next -= <usize>(count >> 3);
  bits = 0;
  count = 0;
  if (next + 4 > inputEnd) return 0;
  const length = <usize>load<u16>(next);
  if ((load<u16>(next, 2) ^ 0xffff) != <u16>length) return 0;
  next += 4;
  if (next + length > inputEnd || out + length > limit) return 0;
  memory.copy(out, next, length);
  next += length;
  return out + length;
}

/** Sets up the codes of a block; false where they are none. */
function readCodes(kind: u32): bool {
  if (kind == 1) return setFixedCodes();
  return kind == 2 && readDynamicCodes();
}

function setFixedCodes(): bool {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  memory.fill(LENGTHS + LITERALS, 5, 32);
  return buildCode(literals, LENGTHS, LITERALS) && buildCode(distances, LENGTHS + LITERALS, 32);
}

function readDynamicCodes(): bool {
  const literalCount = take(5) + 257;
  const distanceCount = take(5) + 1;
  const lengthCount = take(4) + 4;
  if (count < 0 || literalCount > 286 || distanceCount > DISTANCES) return false;
  memory.fill(LENGTHS, 0, LENGTH_CODES);
  for (let index: usize = 0; index < lengthCount; index++) {
    refill();
    store<u8>(LENGTHS + <usize>load<u8>(ORDER + index), <u8>take(3));
  }
  if (count < 0 || !buildCode(lengths, LENGTHS, LENGTH_CODES)) return false;
  if (!readLengths(literalCount + distanceCount)) return false;
  if (load<u8>(LENGTHS + 256) == 0) return false; // a block without an end
  return buildCode(literals, LENGTHS, literalCount) && buildCode(distances, LENGTHS + literalCount, distanceCount);
}

/** Reads code lengths, of which a run may go from literals into distances. */
function readLengths(total: u32): bool {
  let read: u32 = 0;
  let last: u8 = 0;
  while (read < total) {
    refill();
    const entry = load<u32>(LENGTH_TABLE + ((<usize>bits & ((1 << LENGTH_BITS) - 1)) << 2));
    take(entry & 15);
    const symbol = entry >> 8;
    let repeat: u32 = 1;
    if (symbol < 16) {
      last = <u8>symbol;
    } else if (symbol == 16) {
      if (read == 0) return false;
      repeat = 3 + take(2);
    } else {
      last = 0;
      repeat = symbol == 17 ? 3 + take(3) : 11 + take(7);
    }
    if (count < 0 || read + repeat > total) return false;
    memory.fill(LENGTHS + <usize>read, last, repeat);
    read += repeat;
  }
  return true;
}

/** Until the end of the block; returns where the output goes on, or 0 where it does not. The reader is in locals meanwhile. */
function inflateCodes(from: usize, start: usize, limit: usize): usize {
  const end = inputEnd;
  let at = next;
  let stream = bits;
  let left = count;
  let out = from;
  while (true) {
    if (left < ENOUGH_BITS) {
      if (at + 8 <= end) {
        stream |= load<u64>(at) << <u64>left;
        at += (63 - left) >> 3;
        left |= 56;
      } else {
        while (left <= 56 && at < end) {
          stream |= <u64>load<u8>(at++) << <u64>left;
          left += 8;
        }
      }
    }
    let entry: Entry = load<u32>(LITERAL_TABLE + ((<usize>stream & ((1 << LITERAL_BITS) - 1)) << 2));
    if (entry == 0) entry = longEntry(literals, <u32>stream);
    stream >>= <u64>(entry & 15);
    left -= <i32>(entry & 15);
    if (entry & LITERAL) {
      if (out == limit || left < 0) return 0;
      store<u8>(out++, <u8>(entry >> 8));
      continue;
    }
    if (entry & END) break;
    const lengthBits = (entry >> 4) & 15;
    const length = <usize>(((entry >> 8) & VALUE) + (<u32>stream & ((1 << lengthBits) - 1)));
    stream >>= <u64>lengthBits;
    let far: Entry = load<u32>(DISTANCE_TABLE + ((<usize>stream & ((1 << DISTANCE_BITS) - 1)) << 2));
    if (far == 0) far = longEntry(distances, <u32>stream);
    stream >>= <u64>(far & 15);
    const distanceBits = (far >> 4) & 15;
    const distance = <usize>(((far >> 8) & VALUE) + (<u32>stream & ((1 << distanceBits) - 1)));
    stream >>= <u64>distanceBits;
    left -= <i32>(lengthBits + (far & 15) + distanceBits);
    if (left < 0 || length < 3 || distance == 0 || distance > out - start || length > limit - out) return 0;
    copyMatch(out, distance, length);
    out += length;
  }
  next = at;
  bits = stream;
  count = left;
  return left < 0 ? 0 : out;
}

/** Eight bytes at a time where they do not overlap; up to seven more are written than asked for. */
// @ts-ignore: decorator
@inline
function copyMatch(out: usize, distance: usize, length: usize): void {
  const end = out + length;
  let from = out - distance;
  let to = out;
  if (distance >= 8) {
    do {
      store<u64>(to, load<u64>(from));
      to += 8;
      from += 8;
    } while (to < end);
  } else {
    do store<u8>(to++, load<u8>(from++));
    while (to < end);
  }
}
