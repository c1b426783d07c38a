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

/** The four columns, then the four diagonals, of the 4×4 state. */
const LANES = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
] as const;

const at = (words: Uint32Array, index: number): number => words[index] ?? 0;

/** The quarter round of BLAKE3 on state words a, b, c, d with message words x and y. */
function mix(v: Uint32Array, lane: readonly [number, number, number, number], x: number, y: number): void {
  let [a, b, c, d] = [at(v, lane[0]), at(v, lane[1]), at(v, lane[2]), at(v, lane[3])];
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
  v[lane[0]] = a;
  v[lane[1]] = b;
  v[lane[2]] = c;
  v[lane[3]] = d;
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
  for (let round = 0; round < ROUNDS; round++) {
    for (const [place, lane] of LANES.entries()) {
      const from = round * 16 + place * 2;
      mix(v, lane, at(block, SCHEDULE[from] ?? 0), at(block, SCHEDULE[from + 1] ?? 0));
    }
  }
  return Uint32Array.from({ length: 8 }, (_, i) => at(v, i) ^ at(v, i + 8));
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
    const block = Uint32Array.from({ length: 16 }, (_, i) => view.getUint32(i * 4, true));
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
