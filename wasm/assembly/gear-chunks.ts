import { GEAR, MAX_ENDS, TABLE, WINDOW } from './memory-map';

/** Bytes that a 32-bit gear hash remembers: each step shifts the older ones one bit out. */
const MEMORY: u32 = 32;

/** Fills the gear table; called once after instantiation. */
export function initGear(): void {
  let state: u32 = 0x9e3779b9;
  for (let i: usize = 0; i < 256; i++) {
    state += 0x9e3779b9;
    let z: u32 = state;
    z = (z ^ (z >>> 16)) * 0x85ebca6b;
    z = (z ^ (z >>> 13)) * 0xc2b2ae35;
    store<u32>(GEAR + (i << 2), z ^ (z >>> 16));
  }
}

// @ts-ignore: decorator
@inline
function step(hash: u32, at: usize): u32 {
  return (hash << 1) + load<u32>(GEAR + ((<usize>load<u8>(at)) << 2));
}

/** Where the chunk that begins at `start` ends, at most at `limit`. */
// @ts-ignore: decorator
@inline
function nextEnd(start: u32, limit: u32, minimum: u32, mask: u32): u32 {
  if (limit - start <= minimum) return limit;
  let hash: u32 = 0;
  // bytes further back than the hash remembers need not be looked at
  const skipped: u32 = minimum > MEMORY ? minimum - MEMORY : 0;
  let at: usize = WINDOW + <usize>start + <usize>skipped;
  const first: usize = WINDOW + <usize>start + <usize>minimum - 1;
  while (at < first) hash = step(hash, at++);
  const end: usize = WINDOW + <usize>limit;
  while (at < end) {
    hash = step(hash, at++);
    if (!(hash & mask)) break;
  }
  return <u32>(at - WINDOW);
}

/**
 * Cuts the first `length` bytes of the window and writes the ends to the table; returns their number. Stops when the
 * table is full, and, unless `final`, when fewer than `maximum` bytes are left, for more of that chunk is to come.
 */
export function cutChunks(length: u32, minimum: u32, maximum: u32, mask: u32, final: bool): u32 {
  let start: u32 = 0;
  let count: u32 = 0;
  while (start < length && count < MAX_ENDS) {
    const rest: u32 = length - start;
    if (rest < maximum && !final) break;
    start = nextEnd(start, rest < maximum ? length : start + maximum, minimum, mask);
    store<u32>(TABLE + (<usize>count << 2), start);
    count++;
  }
  return count;
}
