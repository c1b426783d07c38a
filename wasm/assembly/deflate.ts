import { align, beginBits, writeTo, writtenTo } from './bit-writer';
import { initBlocks, writeBlock } from './deflate-block';
import { BLOCK_COUNTS, HISTORY, PIECE, SEGMENT_COUNTS, TOKENS } from './deflate-map';
import { costOf, costOfBoth, initEntropy } from './entropy';
import { beginPiece, beginTokens, COUNT_BYTES, dropTokens, endOfTokens, nextSegment, SEGMENT_TOKENS } from './tokens';

/** DEFLATE (RFC 1951). A segment of tokens goes into the block before it, or begins one where their entropies say that this is shorter. */

/** So many tokens a block; there is room for 32768. */
const BLOCK_TOKENS: u32 = 28672;
/** What a block costs besides, in bits, about. */
const BLOCK_COST: f32 = 700;

/** Called once after instantiation. */
export function initDeflate(): void {
  initBlocks();
  initEntropy();
}

/** Begins a stream; the one before is given up if it has not ended. Levels are 1 to 9. */
export function beginDeflate(level: u32): void {
  beginBits();
  beginTokens(level);
}

/**
 * Deflates the next `length` bytes of the stream, which lie at the piece, to behind them at the next multiple of eight that
 * leaves eight bytes free; returns how many bytes come out. All of them may be stored, so there has to be room for them and
 * 4 KiB more. Bits that are no byte yet come out with the next piece.
 */
export function deflate(length: u32, final: bool): u32 {
  const start = PIECE + <usize>((length + 15) & ~7);
  writeTo(start);
  deflatePiece(length, final);
  if (final) align();
  else memory.copy(HISTORY, HISTORY + <usize>length, PIECE - HISTORY); // what the next piece looks back to
  return <u32>(writtenTo() - start);
}

function deflatePiece(length: u32, final: bool): void {
  const first = beginPiece();
  const bias = PIECE - <usize>first;
  const end = first + length;
  let blockStart = first;
  let blockEnd = TOKENS;
  let cost: f32 = 0;
  memory.fill(BLOCK_COUNTS, 0, COUNT_BYTES);
  for (let start = first; start < end; ) {
    const next = nextSegment(bias, end);
    const together = costOfBoth(BLOCK_COUNTS, SEGMENT_COUNTS);
    const apart = costOf(SEGMENT_COUNTS);
    if (blockEnd > TOKENS && (isFull() || cost + apart + BLOCK_COST < together)) {
      writeBlock(blockEnd, <usize>blockStart + bias, <usize>(start - blockStart), false);
      memory.fill(BLOCK_COUNTS, 0, COUNT_BYTES);
      dropTokens(blockEnd);
      blockStart = start;
      cost = apart;
    } else {
      cost = together;
    }
    addCounts();
    blockEnd = endOfTokens();
    start = next;
  }
  if (length > 0 || final) writeBlock(blockEnd, <usize>blockStart + bias, <usize>(end - blockStart), final);
}

function isFull(): bool {
  return endOfTokens() - TOKENS > <usize>(BLOCK_TOKENS - SEGMENT_TOKENS) << 2;
}

function addCounts(): void {
  for (let at: usize = 0; at < COUNT_BYTES; at += 4) {
    store<u32>(BLOCK_COUNTS + at, load<u32>(BLOCK_COUNTS + at) + load<u32>(SEGMENT_COUNTS + at));
  }
}
