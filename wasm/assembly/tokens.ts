import { distanceSymbol, DISTANCES, LITERALS } from './deflate-block';
import { HEADS, LENGTH_SYMBOLS, SEGMENT_COUNTS, TOKENS } from './deflate-map';
import { costOf, entropyOf } from './entropy';
import { FARTHEST, findMatch, insert, LONGEST } from './match-finder';

/**
 * Literals and matches, a segment at a time: a token is a byte, or a distance above 16 bits of length. Segments are short, so
 * that a host that finds better code for a function meanwhile can go on with it.
 */

/** So many tokens a segment, or a few hundred more where a match is put off again and again. */
export const SEGMENT_TOKENS: u32 = 2048;
/** After a segment of nothing but literals of so many bits each, so many segments are not searched. */
const BARREN_BITS: f32 = 7.8;
const BARREN_SEGMENTS: u32 = 3;
/** Before the first position nothing is remembered; beyond the last one all is forgotten. */
const FIRST_POSITION: u32 = 0x10000;
const LAST_POSITION: u32 = 0x7000_0000;
/** Bytes that a piece is judged by before its first segment, and literals that a segment tells enough with. */
const SAMPLE_BYTES: u32 = 1024;
const FEWEST_LITERALS: u32 = 256;
/** What a match costs besides what grows with its distance, in bits, about. */
const MATCH_BITS: f32 = 7;
export const COUNT_BYTES: usize = <usize>(LITERALS + DISTANCES) << 2;
const LENGTH_COUNTS: usize = SEGMENT_COUNTS + (257 << 2);
const DISTANCE_COUNTS: usize = SEGMENT_COUNTS + (<usize>LITERALS << 2);

/** By level from 1 on: candidates looked at, and the length of a match that is enough. */
const DEPTHS: usize = memory.data<u16>([4, 6, 10, 12, 16, 24, 80, 300, 800]);
const ENOUGHS: usize = memory.data<u16>([12, 16, 24, 24, 32, 80, 130, 258, 258]);
/** From here on a match is put off where the next byte has a better one. */
const FIRST_LAZY_LEVEL: u32 = 4;

/** Where the next segment begins, and where the first one of the stream that can be looked back to. */
let position: u32 = FIRST_POSITION;
let streamStart: u32 = FIRST_POSITION;
let pieceStart: u32 = FIRST_POSITION;
let tokensEnd: usize = TOKENS;
let depth: u32 = 0;
let enough: u32 = 0;
let isLazy: bool = false;
/** How far back a match of three bytes may be, to be shorter than they are as literals. */
let near: u32 = 0;
/** Segments that are not to be searched. */
let barren: u32 = 0;

export function beginTokens(level: u32): void {
  streamStart = position;
  depth = load<u16>(DEPTHS + (<usize>(level - 1) << 1));
  enough = load<u16>(ENOUGHS + (<usize>(level - 1) << 1));
  isLazy = level >= FIRST_LAZY_LEVEL;
  barren = 0;
}

/** The position of a piece of at most 256 MiB. Where positions begin anew, earlier bytes of the stream are not found any more. */
export function beginPiece(): u32 {
  if (position > LAST_POSITION) {
    memory.fill(HEADS, 0, TOKENS - HEADS);
    position = FIRST_POSITION;
    streamStart = position;
  }
  tokensEnd = TOKENS;
  pieceStart = position;
  return position;
}

/** Takes away the tokens before `from`. */
export function dropTokens(from: usize): void {
  memory.copy(TOKENS, from, tokensEnd - from);
  tokensEnd -= from - TOKENS;
}

export function endOfTokens(): usize {
  return tokensEnd;
}

/** Finds and counts the tokens of the next segment, by `end` at the latest; returns where it ends. */
export function nextSegment(bias: usize, end: u32): u32 {
  memory.fill(SEGMENT_COUNTS, 0, COUNT_BYTES);
  const start = position;
  if (start == pieceStart) weighSample(bias, end);
  if (barren > 0) {
    barren--;
    passOver(bias, end);
  } else {
    search(bias, end);
    if (costOf(SEGMENT_COUNTS) > BARREN_BITS * <f32>(position - start)) barren = BARREN_SEGMENTS;
    else weighLiterals();
  }
  return position;
}

// @ts-ignore: decorator
@inline
function increment(counts: usize, symbol: u32): void {
  const at = counts + (<usize>symbol << 2);
  store<u32>(at, load<u32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function lengthOf(match: u32): u32 {
  return match & 0xffff;
}

// @ts-ignore: decorator
@inline
function distanceOf(match: u32): u32 {
  return match >> 16;
}

/** A match's worth: a byte of length outweighs four bits of distance. */
// @ts-ignore: decorator
@inline
function worth(match: u32): i32 {
  return <i32>(lengthOf(match) << 2) - <i32>(31 - clz(distanceOf(match)));
}

/** Before anything is known of a piece its first bytes stand for the literals to come. */
function weighSample(bias: usize, end: u32): void {
  const to = min(end, position + SAMPLE_BYTES);
  for (let at = position; at < to; at++) increment(SEGMENT_COUNTS, load<u8>(<usize>at + bias));
  weigh(entropyOf(SEGMENT_COUNTS, 256) / <f32>(to - position));
  memory.fill(SEGMENT_COUNTS, 0, COUNT_BYTES);
}

function weighLiterals(): void {
  let literals: u32 = 0;
  for (let byte: usize = 0; byte < 256; byte++) literals += load<u32>(SEGMENT_COUNTS + (byte << 2));
  if (literals >= FEWEST_LITERALS) weigh(entropyOf(SEGMENT_COUNTS, 256) / <f32>literals);
}

/** A distance costs a bit more each time it doubles. */
function weigh(literalBits: f32): void {
  const bits = min<f32>(max<f32>(<f32>3 * literalBits - MATCH_BITS, 0), 14);
  const whole = <u32>bits;
  near = <u32>(<f32>(1 << whole) * (<f32>1 + bits - <f32>whole));
}

/** Searches for matches. */
function search(bias: usize, end: u32): void {
  let at = position;
  let token = tokensEnd;
  const tokensLimit = token + (<usize>SEGMENT_TOKENS << 2);
  while (token < tokensLimit && at < end) {
    let match = end - at < 4 ? 0 : seek(at, bias, end, 2, depth);
    if (match == 0) {
      token = putLiteral(token, at++, bias);
      continue;
    }
    let next = at + 1;
    while (isLazy && lengthOf(match) < enough && end - next >= 4) {
      const other = seek(next, bias, end, lengthOf(match) - 1, depth >> 2);
      next++;
      if (other == 0 || worth(other) <= worth(match) + 1) break;
      token = putLiteral(token, at++, bias);
      match = other;
    }
    token = putMatch(token, match);
    at += lengthOf(match);
    insert(next, min(at, end - 3), bias);
  }
  position = at;
  tokensEnd = token;
}

/** Takes a segment's bytes for literals. */
function passOver(bias: usize, end: u32): void {
  const to = min(end, position + SEGMENT_TOKENS);
  for (; position < to; position++) tokensEnd = putLiteral(tokensEnd, position, bias);
}

// @ts-ignore: decorator
@inline
function seek(at: u32, bias: usize, end: u32, best: u32, most: u32): u32 {
  const longest = min(end - at, LONGEST);
  return findMatch(at, bias, max(streamStart, at - FARTHEST), best, longest, min(enough, longest), near, most);
}

// @ts-ignore: decorator
@inline
function putLiteral(token: usize, at: u32, bias: usize): usize {
  const byte = <u32>load<u8>(<usize>at + bias);
  increment(SEGMENT_COUNTS, byte);
  store<u32>(token, byte);
  return token + 4;
}

// @ts-ignore: decorator
@inline
function putMatch(token: usize, match: u32): usize {
  increment(LENGTH_COUNTS, load<u8>(LENGTH_SYMBOLS + <usize>lengthOf(match)));
  increment(DISTANCE_COUNTS, distanceSymbol(distanceOf(match)));
  store<u32>(token, match);
  return token + 4;
}
