import { formatInvalid } from '../format-error.ts';
import { BitReader } from './bit-reader.ts';
import { readBlock } from './block.ts';
import { BlockText } from './unsort-block.ts';

const LEVEL_BYTES = 100_000;
/** Above what a block takes that could not be compressed at all, with its tables and the magic of the next. */
const SPARE_BYTES = 32 * 1024;
const STREAM_MAGIC = 0x42_5a68;
const BLOCK_MAGIC = [0x3141_59, 0x2653_59] as const;
const END_MAGIC = [0x1772_45, 0x3850_90] as const;

/**
 * Unpacks bzip2, one stream behind the other, as its bytes come:
 *
 *     "BZh" level     a block stands for at most level × 100,000 bytes before runs are written out
 *     blocks          each behind the 48 bits of pi
 *     48 bits, u32    the square root of pi, the CRC of all blocks; then up to a whole byte
 *
 * Holds one block: 4 MB, and as much of the input. The pieces that come out are overwritten by the next ones.
 */
export class Bzip2Reader {
  #input = new Uint8Array(0);
  /** What came behind it, put together when there is enough for a step. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Bits of the first byte that belong to what was read already. */
  #usedBits = 0;
  #block: Uint32Array | undefined;
  #crc = 0;

  *push(bytes: Uint8Array): Generator<Uint8Array> {
    this.#waiting.push(Uint8Array.from(bytes)); // the caller's buffer may be used again
    this.#waitingBytes += bytes.length;
    if (this.#input.length + this.#waitingBytes < this.#neededBytes) return;
    this.#gather();
    while (this.#input.length >= this.#neededBytes) yield* this.#step();
  }

  /** Unpacks what is left; FORMAT_INVALID where the input ends in the middle of a stream. */
  *end(): Generator<Uint8Array> {
    this.#gather();
    while (this.#input.length > 0 || this.#block !== undefined) yield* this.#step();
  }

  get #neededBytes(): number {
    return (this.#block?.length ?? 0) + SPARE_BYTES;
  }

  #gather(): void {
    this.#input = Buffer.concat([this.#input, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  *#step(): Generator<Uint8Array> {
    const bits = new BitReader(this.#input);
    bits.skip(this.#usedBits);
    if (this.#block === undefined) this.#begin(bits);
    else yield* this.#next(bits, this.#block);
    this.#usedBits = bits.bitPosition % 8;
    this.#input = this.#input.subarray(bits.bitPosition >>> 3);
  }

  #begin(bits: BitReader): void {
    const level = bits.read(24) === STREAM_MAGIC ? bits.read(8) - 0x30 : 0;
    if (level < 1 || level > 9) throw formatInvalid('bzip2 data', 'no stream begins here');
    this.#block = new Uint32Array(level * LEVEL_BYTES);
    this.#crc = 0;
  }

  *#next(bits: BitReader, block: Uint32Array): Generator<Uint8Array> {
    const magic = [bits.read(24), bits.read(24)];
    if (magic[0] === BLOCK_MAGIC[0] && magic[1] === BLOCK_MAGIC[1]) yield* this.#unpack(bits, block);
    else if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) this.#finish(bits);
    else throw formatInvalid('bzip2 data', 'no block begins here');
  }

  *#unpack(bits: BitReader, block: Uint32Array): Generator<Uint8Array> {
    const sorted = readBlock(bits, block);
    const text = new BlockText(sorted, block);
    yield* text.pieces();
    if (text.crc !== sorted.crc) throw formatInvalid('bzip2 data', 'a block has another checksum');
    this.#crc = ((this.#crc << 1) | (this.#crc >>> 31)) ^ sorted.crc;
  }

  #finish(bits: BitReader): void {
    if (bits.readU32() !== this.#crc >>> 0) throw formatInvalid('bzip2 data', 'the stream has another checksum');
    bits.align();
    this.#block = undefined;
  }
}
