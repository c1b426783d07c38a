import { align, pendingBits, put, putBytes } from './bit-writer';
import { assignCodes, chooseLengths } from './code-lengths';
import {
  BLOCK_COUNTS, CODES, LENGTH_SYMBOLS, LENGTHS, MATCH_CODES, META_CODES, META_COUNTS, META_LENGTHS, RUNS, TOKENS,
} from './deflate-map';
import { ORDER } from './huffman';

/** Blocks of DEFLATE (RFC 1951, 3.2.3 to 3.2.7): stored, with the fixed codes or with their own, whichever is the shortest. */

export const LITERALS: u32 = 288;
export const DISTANCES: u32 = 32;
const END_OF_BLOCK: usize = 256;
const LITERAL_LIMIT: u32 = 286;
const DISTANCE_LIMIT: u32 = 30;
const META_SYMBOLS: u32 = 19;
const MOST_BITS: u32 = 15;
const MOST_META_BITS: u32 = 7;
const LONGEST_STORED: usize = 65535;
/** Where the lengths and codes of distances begin. */
const DISTANCE_LENGTHS: usize = LENGTHS + <usize>LITERALS;
const DISTANCE_CODES: usize = CODES + (<usize>LITERALS << 2);
const DISTANCE_COUNTS: usize = BLOCK_COUNTS + (<usize>LITERALS << 2);

const STORED: u64 = 0;
const FIXED: u64 = 1;
const DYNAMIC: u64 = 2;

/** Lengths 3 to 258: which symbol each has. Called once after instantiation. */
export function initBlocks(): void {
  let symbol: u32 = 0;
  let length: usize = 3;
  for (; symbol < 28; symbol++) {
    for (let left = 1 << extraOfLength(symbol); left > 0; left--) store<u8>(LENGTH_SYMBOLS + length++, <u8>symbol);
  }
  store<u8>(LENGTH_SYMBOLS + 258, 28);
}

/** Bits that follow the symbol of a length, and of a distance. */
// @ts-ignore: decorator
@inline
function extraOfLength(symbol: u32): u32 {
  return symbol < 8 || symbol == 28 ? 0 : (symbol - 4) >> 2;
}

// @ts-ignore: decorator
@inline
function extraOfDistance(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** The symbol of a distance: its two highest bits and how many follow. */
// @ts-ignore: decorator
@inline
export function distanceSymbol(distance: u32): u32 {
  const value = distance - 1;
  if (value < 4) return value;
  const top = 31 - clz(value);
  return (top << 1) + ((value >> (top - 1)) & 1);
}

/** Writes the tokens from the first to `end`, which stand for `length` bytes at `raw`, as one block. */
export function writeBlock(end: usize, raw: usize, length: usize, final: bool): void {
  store<u32>(BLOCK_COUNTS + (END_OF_BLOCK << 2), 1);
  const extra = extraBits();
  const fixed: u32 = 3 + fixedBits() + extra;
  const stored = storedBits(length);
  chooseLengths(BLOCK_COUNTS, LITERALS, MOST_BITS, LENGTHS);
  chooseLengths(DISTANCE_COUNTS, DISTANCES, MOST_BITS, DISTANCE_LENGTHS);
  const runs = prepareHeader();
  const dynamic: u32 = 3 + headerBits(runs) + codedBits() + extra;
  if (stored <= min(fixed, dynamic)) {
    writeStored(raw, length, final);
  } else if (fixed <= dynamic) {
    setFixedLengths();
    put(<u64>final | (FIXED << 1), 3);
    writeTokens(end);
  } else {
    put(<u64>final | (DYNAMIC << 1), 3);
    writeHeader(runs);
    writeTokens(end);
  }
}

// @ts-ignore: decorator
@inline
function countOf(symbol: usize): u32 {
  return load<u32>(BLOCK_COUNTS + (symbol << 2));
}

function extraBits(): u32 {
  let sum: u32 = 0;
  for (let symbol: u32 = 0; symbol < 29; symbol++) sum += countOf(257 + <usize>symbol) * extraOfLength(symbol);
  for (let symbol: u32 = 0; symbol < DISTANCE_LIMIT; symbol++) sum += countOf(<usize>(LITERALS + symbol)) * extraOfDistance(symbol);
  return sum;
}

function codedBits(): u32 {
  let sum: u32 = 0;
  for (let symbol: usize = 0; symbol < <usize>(LITERALS + DISTANCES); symbol++) {
    sum += countOf(symbol) * <u32>load<u8>(LENGTHS + symbol);
  }
  return sum;
}

function setFixedLengths(): void {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  memory.fill(DISTANCE_LENGTHS, 5, <usize>DISTANCES);
}

function fixedBits(): u32 {
  setFixedLengths();
  return codedBits();
}

/** Longer ones have so many matches that they are never stored. */
function storedBits(length: usize): u32 {
  return length > LONGEST_STORED ? u32.MAX_VALUE : ((<u32>length + 5) << 3) + pendingBits();
}

function writeStored(raw: usize, length: usize, final: bool): void {
  put(<u64>final | (STORED << 1), 3);
  align();
  put(<u64>length | (<u64>(~length & 0xffff) << 16), 32);
  putBytes(raw, length);
}

/** How many of the literals' and of the distances' lengths are told. */
function toldOf(lengths: usize, least: u32, most: u32): u32 {
  let told = most;
  while (told > least && load<u8>(lengths + <usize>told - 1) == 0) told--;
  return told;
}

/** Puts the lengths into runs (the symbol, extra bits from bit 8 on), and makes a code for them; returns how many there are. */
function prepareHeader(): u32 {
  const literals = toldOf(LENGTHS, 257, LITERAL_LIMIT);
  const distances = toldOf(DISTANCE_LENGTHS, 1, DISTANCE_LIMIT);
  memory.fill(META_COUNTS, 0, <usize>META_SYMBOLS << 2);
  let runs: u32 = 0;
  for (let index: u32 = 0; index < literals + distances; ) {
    const bits = lengthAt(index, literals);
    let same: u32 = 1;
    while (index + same < literals + distances && lengthAt(index + same, literals) == bits) same++;
    index += same;
    runs = bits == 0 ? addZeros(same, runs) : addSame(bits, same, runs);
  }
  chooseLengths(META_COUNTS, META_SYMBOLS, MOST_META_BITS, META_LENGTHS);
  return runs;
}

/** The lengths told: literals, and distances right behind. */
// @ts-ignore: decorator
@inline
function lengthAt(index: u32, literals: u32): u32 {
  return <u32>load<u8>(index < literals ? LENGTHS + <usize>index : DISTANCE_LENGTHS + <usize>(index - literals));
}

function addRun(symbol: u32, extra: u32, runs: u32): u32 {
  const count = META_COUNTS + (<usize>symbol << 2);
  store<u32>(count, load<u32>(count) + 1);
  store<u16>(RUNS + (<usize>runs << 1), <u16>(symbol | (extra << 8)));
  return runs + 1;
}

function addZeros(length: u32, runs: u32): u32 {
  let left = length;
  while (left >= 3) {
    const some = min(left, 138);
    runs = some < 11 ? addRun(17, some - 3, runs) : addRun(18, some - 11, runs);
    left -= some;
  }
  for (; left > 0; left--) runs = addRun(0, 0, runs);
  return runs;
}

function addSame(bits: u32, length: u32, runs: u32): u32 {
  runs = addRun(bits, 0, runs);
  let left = length - 1;
  while (left >= 3) {
    const some = min(left, 6);
    runs = addRun(16, some - 3, runs);
    left -= some;
  }
  for (; left > 0; left--) runs = addRun(bits, 0, runs);
  return runs;
}

// @ts-ignore: decorator
@inline
function extraOfRun(symbol: u32): u32 {
  return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}

function toldMeta(): u32 {
  let told = META_SYMBOLS;
  while (told > 4 && load<u8>(META_LENGTHS + <usize>load<u8>(ORDER + <usize>told - 1)) == 0) told--;
  return told;
}

function headerBits(runs: u32): u32 {
  let sum: u32 = 14 + 3 * toldMeta();
  for (let index: u32 = 0; index < runs; index++) {
    const symbol = <u32>load<u8>(RUNS + (<usize>index << 1));
    sum += <u32>load<u8>(META_LENGTHS + <usize>symbol) + extraOfRun(symbol);
  }
  return sum;
}

function writeHeader(runs: u32): void {
  const told = toldMeta();
  put(<u64>(toldOf(LENGTHS, 257, LITERAL_LIMIT) - 257), 5);
  put(<u64>(toldOf(DISTANCE_LENGTHS, 1, DISTANCE_LIMIT) - 1), 5);
  put(<u64>(told - 4), 4);
  for (let index: u32 = 0; index < told; index++) put(<u64>load<u8>(META_LENGTHS + <usize>load<u8>(ORDER + <usize>index)), 3);
  assignCodes(META_LENGTHS, META_SYMBOLS, META_CODES);
  for (let index: u32 = 0; index < runs; index++) {
    const run = <u32>load<u16>(RUNS + (<usize>index << 1));
    const symbol = run & 0xff;
    const code = load<u32>(META_CODES + (<usize>symbol << 2));
    put(<u64>(code & 0xffff), code >> 16);
    put(<u64>(run >> 8), extraOfRun(symbol));
  }
}

/** The code of each match length, with its extra bits. */
function prepareMatchCodes(): void {
  let length: usize = 3;
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const code = load<u32>(CODES + ((257 + <usize>symbol) << 2));
    const bits = code >> 16;
    const extra = extraOfLength(symbol);
    if (symbol == 28) length = 258;
    for (let value: u32 = 0; value < <u32>(1 << extra); value++) {
      store<u32>(MATCH_CODES + (length++ << 2), (code & 0xffff) | (value << bits) | ((bits + extra) << 24));
    }
  }
}

function writeTokens(end: usize): void {
  assignCodes(LENGTHS, LITERALS, CODES);
  assignCodes(DISTANCE_LENGTHS, DISTANCES, DISTANCE_CODES);
  prepareMatchCodes();
  for (let token: usize = TOKENS; token < end; token += 4) writeToken(load<u32>(token));
  const code = load<u32>(CODES + (END_OF_BLOCK << 2));
  put(<u64>(code & 0xffff), code >> 16);
}

/** In 48 bits at most. */
// @ts-ignore: decorator
@inline
function writeToken(token: u32): void {
  const distance = token >> 16;
  if (distance == 0) {
    const code = load<u32>(CODES + (<usize>token << 2));
    put(<u64>(code & 0xffff), code >> 16);
    return;
  }
  const match = load<u32>(MATCH_CODES + (<usize>(token & 0xffff) << 2));
  const symbol = distanceSymbol(distance);
  const code = load<u32>(DISTANCE_CODES + (<usize>symbol << 2));
  const extra = extraOfDistance(symbol);
  const low = (distance - 1) & ((1 << extra) - 1);
  const width = match >> 24;
  const far = <u64>(code & 0xffff) | (<u64>low << <u64>(code >> 16));
  put(<u64>(match & 0xffffff) | (far << <u64>width), width + (code >> 16) + extra);
}
