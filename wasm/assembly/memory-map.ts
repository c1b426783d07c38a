/**
 * Where everything lies in linear memory (picture in ../README.md). The host writes and reads the same addresses:
 * src/engine/wasm-module.ts repeats them.
 */

/** 256 gear values, u32. The compiler puts constants from 0x0400 on: they have to end before. */
export const GEAR: usize = 0x0800;
/** 64 message-schedule words of four lanes, v128. */
export const SCHEDULE: usize = 0x1000;
/** Four padded messages side by side. */
export const LANES: usize = 0x2000;
/** Chunk ends (u32 each), or offset and length (u32 each) of messages. */
export const TABLE: usize = 0x4000;
/** Digests of the messages, 32 bytes each. */
export const DIGESTS: usize = 0x6000;
/** End of the fixed part: input bytes from here on. */
export const WINDOW: usize = 0x10000;

/** Chunk ends that fit in the table. */
export const MAX_ENDS: u32 = 12288;
