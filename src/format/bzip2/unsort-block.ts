import type { SortedBlock } from './block.ts';

const PIECE_BYTES = 64 * 1024;
/** So many equal bytes are followed by the number of further ones. */
const RUN_BYTES = 4;
const POLYNOMIAL = 0x04c1_1db7;
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => crcOf(byte));

function crcOf(byte: number): number {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc;
}

/** The text of a block, piece by piece, and its CRC when all of it was taken. A piece is overwritten by the next one. */
export class BlockText {
  readonly #block: SortedBlock;
  readonly #bytes: Uint32Array;
  readonly #piece = new Uint8Array(PIECE_BYTES);
  #crc = -1;

  /** Writes into `bytes`, above the eight bits of each, which byte is the next one. */
  constructor(block: SortedBlock, bytes: Uint32Array) {
    this.#block = block;
    this.#bytes = bytes;
    linkBytes(bytes, block.length);
  }

  get crc(): number {
    return ~this.#crc >>> 0;
  }

  /** One loop over all bytes: a call for each would take most of the time. */
  *pieces(): Generator<Uint8Array> {
    const [bytes, piece] = [this.#bytes, this.#piece];
    let at = (bytes[this.#block.start] ?? 0) >>> 8;
    let previous = -1;
    let run = 0;
    let filled = 0;
    for (let left = this.#block.length; left > 0; left--) {
      const link = bytes[at] ?? 0;
      at = link >>> 8;
      const byte = link & 0xff;
      const isCount = run === RUN_BYTES;
      for (let copies = isCount ? byte : 1; copies > 0; copies--) {
        piece[filled] = isCount ? previous : byte;
        filled += 1;
        if (filled < PIECE_BYTES) continue;
        yield this.#take(filled);
        filled = 0;
      }
      run = isCount ? 0 : byte === previous ? run + 1 : 1;
      previous = isCount ? -1 : byte;
    }
    if (filled > 0) yield this.#take(filled);
  }

  #take(length: number): Uint8Array {
    let crc = this.#crc;
    for (let i = 0; i < length; i++) crc = (crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ (this.#piece[i] ?? 0)) & 0xff] ?? 0);
    this.#crc = crc;
    return this.#piece.subarray(0, length);
  }
}

/** The bytes are the last column of all rotations, sorted; the first column, which is the bytes sorted, leads from one to the next. */
function linkBytes(bytes: Uint32Array, length: number): void {
  const places = new Uint32Array(257);
  for (let i = 0; i < length; i++) {
    const byte = (bytes[i] ?? 0) & 0xff;
    places[byte + 1] = (places[byte + 1] ?? 0) + 1;
  }
  for (let byte = 0; byte < 256; byte++) places[byte + 1] = (places[byte + 1] ?? 0) + (places[byte] ?? 0);
  for (let i = 0; i < length; i++) {
    const byte = (bytes[i] ?? 0) & 0xff;
    const place = places[byte] ?? 0;
    bytes[place] = (bytes[place] ?? 0) | (i << 8);
    places[byte] = place + 1;
  }
}
