import { LENGTH_COUNTS, NEXT_CODES, ORDERED, SORTED } from './deflate-map';

/** Canonical Huffman codes to write with (RFC 1951, 3.2.2), of lengths that fit the symbols' counts best. */

const MOST_BITS: u32 = 15;
const SYMBOL_BITS: u32 = 9;
const SYMBOL_MASK: u32 = (1 << SYMBOL_BITS) - 1;

/** Steps of the sort, longest first (Ciura). */
const STEPS: usize = memory.data<u8>([132, 57, 23, 10, 4, 1]);
const STEP_COUNT: usize = 6;

/** Writes the length (u8) of each of `symbols` symbols by their counts (u32), of at most `limit` bits; 0 for what does not occur. */
export function chooseLengths(counts: usize, symbols: u32, limit: u32, lengths: usize): void {
  const used = sortUsed(counts, symbols);
  memory.fill(lengths, 0, symbols);
  memory.fill(LENGTH_COUNTS, 0, (<usize>limit + 1) << 2);
  growTree(used);
  countLengths(used, limit);
  let index: usize = 0;
  for (let bits = limit; bits > 0; bits--) {
    for (let left = load<u32>(LENGTH_COUNTS + (<usize>bits << 2)); left > 0; left--) {
      store<u8>(lengths + <usize>load<u16>(ORDERED + (index++ << 1)), <u8>bits);
    }
  }
}

/** Two symbols occur at least, as a complete code needs: others are counted once. Returns how many do, in order of their counts. */
function sortUsed(counts: usize, symbols: u32): u32 {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    if (load<u32>(counts + (<usize>symbol << 2)) != 0) used++;
  }
  for (let symbol: u32 = 0; used < 2; symbol++) {
    const count = counts + (<usize>symbol << 2);
    if (load<u32>(count) != 0) continue;
    store<u32>(count, 1);
    used++;
  }
  let at = SORTED;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = load<u32>(counts + (<usize>symbol << 2));
    if (count == 0) continue;
    store<u32>(at, (count << SYMBOL_BITS) | symbol);
    at += 4;
  }
  for (let index: usize = 0; index < STEP_COUNT; index++) sortBy(<u32>load<u8>(STEPS + index), used);
  return used;
}

function sortBy(step: u32, used: u32): void {
  for (let index = step; index < used; index++) {
    const value = load<u32>(SORTED + (<usize>index << 2));
    let to = index;
    while (to >= step) {
      const before = load<u32>(SORTED + (<usize>(to - step) << 2));
      if (before <= value) break;
      store<u32>(SORTED + (<usize>to << 2), before);
      to -= step;
    }
    store<u32>(SORTED + (<usize>to << 2), value);
  }
}

// @ts-ignore: decorator
@inline
function node(index: u32): u32 {
  return load<u32>(SORTED + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function setNode(index: u32, value: u32): void {
  store<u32>(SORTED + (<usize>index << 2), value);
}

/**
 * Huffman's tree in place, as Moffat and Katajainen do it: the symbols move aside, and inner nodes take the place of their
 * counts: their parent is written there, then their depth.
 */
function growTree(used: u32): void {
  for (let index: u32 = 0; index < used; index++) {
    store<u16>(ORDERED + (<usize>index << 1), <u16>(node(index) & SYMBOL_MASK));
    setNode(index, node(index) >> SYMBOL_BITS);
  }
  let leaf: u32 = 0;
  let inner: u32 = 0;
  for (let next: u32 = 0; next + 1 < used; next++) {
    let sum: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= used || (inner < next && node(inner) < node(leaf))) {
        sum += node(inner);
        setNode(inner++, next);
      } else {
        sum += node(leaf++);
      }
    }
    setNode(next, sum);
  }
  setNode(used - 2, 0);
  for (let index = <i32>used - 3; index >= 0; index--) setNode(index, node(node(index)) + 1);
}

/** How many codes there are of each length: a level has twice as many nodes as the one above has inner ones. */
function countLengths(used: u32, limit: u32): void {
  let index = <i32>used - 2;
  let nodes: u32 = 1;
  let room: i32 = 1 << limit;
  for (let depth: u32 = 0; nodes > 0; depth++) {
    let inner: u32 = 0;
    for (; index >= 0 && node(index) == depth; index--) inner++;
    const bits = min(depth, limit);
    const count = LENGTH_COUNTS + (<usize>bits << 2);
    store<u32>(count, load<u32>(count) + nodes - inner);
    room -= <i32>(nodes - inner) << (limit - bits);
    nodes = inner << 1;
  }
  for (; room < 0; room++) lengthenOne(limit);
}

/** Puts one of the longest codes beside a shorter one, which gets a bit longer. */
function lengthenOne(limit: u32): void {
  let bits = limit - 1;
  while (load<u32>(LENGTH_COUNTS + (<usize>bits << 2)) == 0) bits--;
  const count = LENGTH_COUNTS + (<usize>bits << 2);
  store<u32>(count, load<u32>(count) - 1);
  store<u32>(count, load<u32>(count, 4) + 2, 4);
  const longest = LENGTH_COUNTS + (<usize>limit << 2);
  store<u32>(longest, load<u32>(longest) - 1);
}

/** Writes the codes (u32) that follow from the lengths: mirrored, the length in bits 16 to 19. */
export function assignCodes(lengths: usize, symbols: u32, codes: usize): void {
  memory.fill(LENGTH_COUNTS, 0, (<usize>MOST_BITS + 1) << 2);
  for (let symbol: usize = 0; symbol < <usize>symbols; symbol++) {
    const count = LENGTH_COUNTS + (<usize>load<u8>(lengths + symbol) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let code: u32 = 0;
  for (let bits: u32 = 1; bits <= MOST_BITS; bits++) {
    store<u32>(NEXT_CODES + (<usize>bits << 2), code);
    code = (code + load<u32>(LENGTH_COUNTS + (<usize>bits << 2))) << 1;
  }
  for (let symbol: usize = 0; symbol < <usize>symbols; symbol++) {
    const bits = <u32>load<u8>(lengths + symbol);
    if (bits == 0) continue;
    const next = NEXT_CODES + (<usize>bits << 2);
    const value = load<u32>(next);
    store<u32>(next, value + 1);
    store<u32>(codes + (symbol << 2), (mirror(value) >> (16 - bits)) | (bits << 16));
  }
}

/** The lowest 16 bits in reverse. */
// @ts-ignore: decorator
@inline
function mirror(value: u32): u32 {
  value = ((value & 0x5555) << 1) | ((value >> 1) & 0x5555);
  value = ((value & 0x3333) << 2) | ((value >> 2) & 0x3333);
  value = ((value & 0x0f0f) << 4) | ((value >> 4) & 0x0f0f);
  return ((value & 0xff) << 8) | (value >> 8);
}
