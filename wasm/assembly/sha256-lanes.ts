import { DIGESTS, LANES, SCHEDULE, TABLE, WINDOW } from './memory-map';

/** Room for one padded message: 255 bytes make at most five blocks. */
const LANE_BYTES: usize = 320;
const BLOCK_BYTES: u32 = 64;

/** Round constants: fractional parts of the cube roots of the first 64 primes (FIPS 180-4). */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

// @ts-ignore: decorator
@inline
function rotr(x: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c);
}

/** Copies message `index` to its lane, padded as SHA-256 wants it; returns its number of blocks. */
function padLane(index: u32, lane: usize): u32 {
  const entry: usize = TABLE + (<usize>index << 3);
  const length: u32 = load<u32>(entry, 4);
  const blocks: u32 = (length + 8) / BLOCK_BYTES + 1;
  const to: usize = LANES + lane * LANE_BYTES;
  memory.copy(to, WINDOW + load<u32>(entry), length);
  memory.fill(to + length, 0, blocks * BLOCK_BYTES - length);
  store<u8>(to + length, 0x80);
  store<u32>(to + blocks * BLOCK_BYTES - 4, bswap<u32>(length << 3));
  return blocks;
}

// @ts-ignore: decorator
@inline
function word(at: usize): v128 {
  let x = v128.splat<u32>(bswap<u32>(load<u32>(at)));
  x = v128.replace_lane<u32>(x, 1, bswap<u32>(load<u32>(at + LANE_BYTES)));
  x = v128.replace_lane<u32>(x, 2, bswap<u32>(load<u32>(at + 2 * LANE_BYTES)));
  return v128.replace_lane<u32>(x, 3, bswap<u32>(load<u32>(at + 3 * LANE_BYTES)));
}

/** Expands one block of all four lanes to the 64 words of the message schedule. */
function schedule(block: usize): void {
  for (let t: usize = 0; t < 16; t++) v128.store(SCHEDULE + (t << 4), word(block + (t << 2)));
  for (let t: usize = 16; t < 64; t++) {
    const at: usize = SCHEDULE + (t << 4);
    const w2 = v128.load(at - 32);
    const w15 = v128.load(at - 240);
    const s1 = xor3(rotr(w2, 17), rotr(w2, 19), i32x4.shr_u(w2, 10));
    const s0 = xor3(rotr(w15, 7), rotr(w15, 18), i32x4.shr_u(w15, 3));
    v128.store(at, add(add(s1, v128.load(at - 112)), add(s0, v128.load(at - 256))));
  }
}

// @ts-ignore: decorator
@inline
function unpackDigest(index: u32, wordIndex: usize, x: v128, live: u32): void {
  const at: usize = DIGESTS + (<usize>index << 5) + (wordIndex << 2);
  store<u32>(at, bswap<u32>(v128.extract_lane<u32>(x, 0)));
  if (live > 1) store<u32>(at + 32, bswap<u32>(v128.extract_lane<u32>(x, 1)));
  if (live > 2) store<u32>(at + 64, bswap<u32>(v128.extract_lane<u32>(x, 2)));
  if (live > 3) store<u32>(at + 96, bswap<u32>(v128.extract_lane<u32>(x, 3)));
}

/** Digests of up to four messages from `index` on. A lane whose message is shorter keeps its state at the end. */
function digestFour(index: u32, live: u32): void {
  let blocks = i32x4.splat(0);
  blocks = i32x4.replace_lane(blocks, 0, padLane(index, 0));
  if (live > 1) blocks = i32x4.replace_lane(blocks, 1, padLane(index + 1, 1));
  if (live > 2) blocks = i32x4.replace_lane(blocks, 2, padLane(index + 2, 2));
  if (live > 3) blocks = i32x4.replace_lane(blocks, 3, padLane(index + 3, 3));
  let h0 = i32x4.splat(0x6a09e667);
  let h1 = i32x4.splat(0xbb67ae85);
  let h2 = i32x4.splat(0x3c6ef372);
  let h3 = i32x4.splat(0xa54ff53a);
  let h4 = i32x4.splat(0x510e527f);
  let h5 = i32x4.splat(0x9b05688c);
  let h6 = i32x4.splat(0x1f83d9ab);
  let h7 = i32x4.splat(0x5be0cd19);
  for (let b: i32 = 0; ; b++) {
    const active = i32x4.gt_s(blocks, i32x4.splat(b));
    if (!v128.any_true(active)) break;
    schedule(LANES + <usize>b * BLOCK_BYTES);
    let a0 = h0, a1 = h1, a2 = h2, a3 = h3, a4 = h4, a5 = h5, a6 = h6, a7 = h7;
    for (let t: usize = 0; t < 64; t++) {
      const s1 = xor3(rotr(a4, 6), rotr(a4, 11), rotr(a4, 25));
      const choice = v128.bitselect(a5, a6, a4);
      const k = v128.load_splat<u32>(K + (t << 2));
      const t1 = add(add(add(a7, s1), add(choice, k)), v128.load(SCHEDULE + (t << 4)));
      const s0 = xor3(rotr(a0, 2), rotr(a0, 13), rotr(a0, 22));
      const majority = v128.bitselect(a1, a0, v128.xor(a0, a2));
      a7 = a6;
      a6 = a5;
      a5 = a4;
      a4 = add(a3, t1);
      a3 = a2;
      a2 = a1;
      a1 = a0;
      a0 = add(t1, add(s0, majority));
    }
    h0 = add(h0, v128.and(a0, active));
    h1 = add(h1, v128.and(a1, active));
    h2 = add(h2, v128.and(a2, active));
    h3 = add(h3, v128.and(a3, active));
    h4 = add(h4, v128.and(a4, active));
    h5 = add(h5, v128.and(a5, active));
    h6 = add(h6, v128.and(a6, active));
    h7 = add(h7, v128.and(a7, active));
  }
  unpackDigest(index, 0, h0, live);
  unpackDigest(index, 1, h1, live);
  unpackDigest(index, 2, h2, live);
  unpackDigest(index, 3, h3, live);
  unpackDigest(index, 4, h4, live);
  unpackDigest(index, 5, h5, live);
  unpackDigest(index, 6, h6, live);
  unpackDigest(index, 7, h7, live);
}

/** SHA-256 of `count` messages of fewer than 256 bytes, named by the table; digests go to DIGESTS. */
export function digestShort(count: u32): void {
  for (let index: u32 = 0; index < count; index += 4) digestFour(index, min(count - index, 4));
}
