/**
 * Where everything lies in linear memory (picture in ../README.md). The host writes and reads the same addresses:
 * src/engine/wasm-module.ts repeats them.
 */

/** 256 gear values, u32. The compiler puts constants from 0x0400 on: they have to end before. */
export const GEAR: usize = 0x0800;
/** 64 message-schedule words of four lanes, v128. */
export const SCHEDULE: usize = 0x1000;
/** What symbols of DEFLATE mean, u32: 288 literals and lengths, 32 distances, 32 code lengths. */
export const LITERAL_MEANINGS: usize = 0x1400;
export const DISTANCE_MEANINGS: usize = 0x1880;
export const LENGTH_MEANINGS: usize = 0x1900;
/** The three codes themselves, 24 bytes each. */
export const CODES: usize = 0x1a00;
/** Code lengths of a block, u8. */
export const LENGTHS: usize = 0x1b00;
/** Four padded messages side by side. */
export const LANES: usize = 0x2000;
/** Chunk ends (u32 each), or offset and length (u32 each) of messages. */
export const TABLE: usize = 0x4000;
/** The tables of the codes: entries of short ones (u32), symbols (u16), two times sixteen u16. */
export const LITERAL_TABLE: usize = 0x4000;
export const DISTANCE_TABLE: usize = 0x5800;
export const LENGTH_TABLE: usize = 0x6400;
/** Digests of the messages, 32 bytes each. */
export const DIGESTS: usize = 0x6000;
/** End of the fixed part: input bytes from here on. */
export const WINDOW: usize = 0x10000;

/** Chunk ends that fit in the table. */
export const MAX_ENDS: u32 = 12288;
