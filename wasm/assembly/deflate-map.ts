/** Where everything lies in the memory of an instance that deflates (picture in ../README.md); it does nothing else. */

/** Positions by the hash of four bytes and of three (u32 each), and how far back the one before has the same hash (u16). */
export const HEADS: usize = 0x10000;
export const NEAR_HEADS: usize = 0x30000;
export const CHAIN: usize = 0x40000;
/** Literals and matches that no block has yet, u32. */
export const TOKENS: usize = 0x50000;

/** How often each symbol occurs, u32: 288 literals and lengths, then 32 distances. */
export const BLOCK_COUNTS: usize = 0x4000;
export const SEGMENT_COUNTS: usize = 0x4500;
/** The codes of a block, in the same order: the code from its first bit on, its length in bits 16 to 19; u32. */
export const CODES: usize = 0x4a00;
/** The lengths of those codes, u8. */
export const LENGTHS: usize = 0x4f00;
/** The code of each match length with its extra bits, how many bits that is from bit 24 on; u32. */
export const MATCH_CODES: usize = 0x5100;
/** The symbol of each match length, counted from 257; u8. */
export const LENGTH_SYMBOLS: usize = 0x5600;
/** The code of code lengths: how often each occurs (u32), codes (u32) and lengths (u8). */
export const META_COUNTS: usize = 0x5800;
export const META_CODES: usize = 0x5880;
export const META_LENGTHS: usize = 0x5900;
/** The code lengths of a block in runs, u16. */
export const RUNS: usize = 0x5a00;
/** Symbols by how often they occur, u32, and u16; how many codes there are of each length, u32; the next code of each, u32. */
export const SORTED: usize = 0x6000;
export const ORDERED: usize = 0x6500;
export const LENGTH_COUNTS: usize = 0x6800;
export const NEXT_CODES: usize = 0x6900;
/** Binary logarithms of 1 to 2, f32. */
export const LOGARITHMS: usize = 0x6a00;

/** The 32 KiB before what is to be deflated, and that: a piece, with its output behind. */
export const HISTORY: usize = 0x70000;
export const PIECE: usize = 0x78000;
