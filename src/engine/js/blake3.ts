import type { Hasher } from '../kernels.ts';

const CHUNK_BYTES = 1024;
const BLOCK_BYTES = 64;
const OUT_BYTES = 32;

const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;

const IV = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const ROUNDS = 7;

/** Which message word each of the sixteen places of each round takes. */
const SCHEDULE = buildSchedule();

function buildSchedule(): Uint8Array {
  const schedule = new Uint8Array(ROUNDS * 16);
  let row = Array.from({ length: 16 }, (_, i) => i);
  for (let round = 0; round < ROUNDS; round++) {
    schedule.set(row, round * 16);
    row = PERMUTATION.map((from) => row[from] ?? 0);
  }
  return schedule;
}

const at = (words: Uint32Array, index: number): number => words[index] ?? 0;

/**
 * The quarter round of BLAKE3 with message words x and y, on column `place` of the 4×4 state or, from 4 on, on a
 * diagonal: then each row is taken one further to the right than the one above.
 */
function mix(v: Uint32Array, place: number, x: number, y: number): void {
  const lean = place >> 2;
  const first = place & 3;
  const second = 4 + ((first + lean) & 3);
  const third = 8 + ((first + 2 * lean) & 3);
  const fourth = 12 + ((first + 3 * lean) & 3);
  let a = at(v, first);
  let b = at(v, second);
  let c = at(v, third);
  let d = at(v, fourth);
  a = (a + b + x) | 0;
  d ^= a;
  d = (d >>> 16) | (d << 16);
  c = (c + d) | 0;
  b ^= c;
  b = (b >>> 12) | (b << 20);
  a = (a + b + y) | 0;
  d ^= a;
  d = (d >>> 8) | (d << 24);
  c = (c + d) | 0;
  b ^= c;
  b = (b >>> 7) | (b << 25);
  v[first] = a;
  v[second] = b;
  v[third] = c;
  v[fourth] = d;
}

/** One compression: what goes into it, until it is known whether it is the root. */
interface Node {
  readonly chaining: Uint32Array;
  readonly block: Uint32Array;
  readonly counter: number;
  readonly blockBytes: number;
  readonly flags: number;
}

/** The eight words of the next chaining value (of the digest, when ROOT is among the flags). */
function compress({ chaining, block, counter, blockBytes, flags }: Node): Uint32Array {
  const v = new Uint32Array(16);
  v.set(chaining);
  v.set(IV.subarray(0, 4), 8);
  v[12] = counter;
  v[13] = counter / 0x1_0000_0000;
  v[14] = blockBytes;
  v[15] = flags;
  for (let from = 0; from < ROUNDS * 16; from += 2) {
    mix(v, (from >> 1) & 7, at(block, SCHEDULE[from] ?? 0), at(block, SCHEDULE[from + 1] ?? 0));
  }
  for (let i = 0; i < 8; i++) v[i] = at(v, i) ^ at(v, i + 8);
  return v.slice(0, 8);
}

function parentNode(left: Uint32Array, right: Uint32Array, flags = PARENT): Node {
  const block = new Uint32Array(16);
  block.set(left);
  block.set(right, 8);
  return { chaining: IV, block, counter: 0, blockBytes: BLOCK_BYTES, flags };
}

/** One chunk of at most 1024 bytes; its last block is held back, for it may be the root. */
class Chunk {
  readonly counter: number;
  #chaining: Uint32Array = IV;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockBytes = 0;
  #blocks = 0;

  constructor(counter: number) {
    this.counter = counter;
  }

  get bytes(): number {
    return this.#blocks * BLOCK_BYTES + this.#blockBytes;
  }

  update(input: Uint8Array): void {
    for (let offset = 0; offset < input.length; ) {
      if (this.#blockBytes === BLOCK_BYTES) this.#finishBlock();
      const piece = input.subarray(offset, offset + BLOCK_BYTES - this.#blockBytes);
      this.#block.set(piece, this.#blockBytes);
      this.#blockBytes += piece.length;
      offset += piece.length;
    }
  }

  #finishBlock(): void {
    this.#chaining = compress(this.#node(0));
    this.#blocks += 1;
    this.#block.fill(0);
    this.#blockBytes = 0;
  }

  #node(flags: number): Node {
    const view = new DataView(this.#block.buffer);
    const block = new Uint32Array(16);
    for (let i = 0; i < 16; i++) block[i] = view.getUint32(i * 4, true);
    const start = this.#blocks === 0 ? CHUNK_START : 0;
    return { chaining: this.#chaining, block, counter: this.counter, blockBytes: this.#blockBytes, flags: flags | start };
  }

  last(): Node {
    return this.#node(CHUNK_END);
  }
}

/** BLAKE3 in plain JavaScript: the reference that the fast engines are compared with, and the last resort. */
export class Blake3 implements Hasher {
  #chunk = new Chunk(0);
  /** Chaining values of complete subtrees, largest first. */
  readonly #subtrees: Uint32Array[] = [];

  update(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#chunk.bytes === CHUNK_BYTES) this.#finishChunk();
      const piece = bytes.subarray(offset, offset + CHUNK_BYTES - this.#chunk.bytes);
      this.#chunk.update(piece);
      offset += piece.length;
    }
  }

  #finishChunk(): void {
    let value = compress(this.#chunk.last());
    const total = this.#chunk.counter + 1;
    // as many subtrees are complete as the number of chunks has trailing zero bits
    for (let rest = total; rest % 2 === 0; rest /= 2) {
      const left = this.#subtrees.pop();
      if (left !== undefined) value = compress(parentNode(left, value));
    }
    this.#subtrees.push(value);
    this.#chunk = new Chunk(total);
  }

  digest(): Uint8Array {
    let node = this.#chunk.last();
    for (const left of this.#subtrees.toReversed()) node = parentNode(left, compress(node));
    const words = compress({ ...node, flags: node.flags | ROOT });
    const out = new DataView(new ArrayBuffer(OUT_BYTES));
    for (const [index, word] of words.entries()) out.setUint32(index * 4, word, true);
    return new Uint8Array(out.buffer);
  }
}
