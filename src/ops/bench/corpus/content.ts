import { Random } from './random.ts';

/** What a file's bytes look like: prose and source, machine code with tables, or bytes that no deflate shrinks. */
export type ContentKind = 'text' | 'binary' | 'noise';

const POOL_BYTES = 4 << 20;
/** Contents come in pieces of this size, so that a file of gigabytes needs no more memory. */
export const PIECE_BYTES = 1 << 20;
const STAMP_BYTES = 16;

const SYLLABLES = ['an', 'be', 'cor', 'de', 'el', 'fo', 'gra', 'in', 'jo', 'ke', 'lum', 'mi', 'no', 'or', 'pa', 'qui', 're', 'st', 'tu', 'ver', 'xy', 'ze'] as const;

function makeVocabulary(random: Random, words: number): string[] {
  return Array.from({ length: words }, () => {
    const parts = Array.from({ length: 1 + random.below(4) }, () => random.pick(SYLLABLES));
    return parts.join('');
  });
}

/** Words by Zipf's law, with line breaks, indentation and punctuation. */
function makeText(random: Random): Uint8Array {
  const words = makeVocabulary(random, 4000);
  const parts: string[] = [];
  for (let length = 0; length < POOL_BYTES; ) {
    const word = words[Math.floor(words.length ** random.fraction()) - 1] ?? 'the';
    const end = random.chance(0.12) ? `;\n${' '.repeat(2 * random.below(5))}` : ' ';
    parts.push(word, end);
    length += word.length + end.length;
  }
  return Buffer.from(parts.join('')).subarray(0, POOL_BYTES);
}

/** Instruction-like byte sequences by Zipf's law with varying operands, and now and then a zero-padded number. */
function makeBinary(random: Random): Uint8Array {
  const opcodes = Array.from({ length: 220 }, () => Array.from({ length: 1 + random.below(5) }, () => random.below(256)));
  const bytes: number[] = [];
  while (bytes.length < POOL_BYTES) {
    bytes.push(...(opcodes[Math.floor(opcodes.length ** random.fraction()) - 1] ?? [0x90]), random.below(random.chance(0.3) ? 256 : 8));
    if (random.chance(0.1)) bytes.push(random.below(256), random.below(16), 0, 0);
  }
  return Uint8Array.from(bytes).subarray(0, POOL_BYTES);
}

function makeNoise(random: Random): Uint8Array {
  const words = new Uint32Array(POOL_BYTES / 4);
  for (let i = 0; i < words.length; i++) words[i] = random.next32();
  return new Uint8Array(words.buffer);
}

const POOL_MAKERS: Readonly<Record<ContentKind, (random: Random) => Uint8Array>> = { text: makeText, binary: makeBinary, noise: makeNoise };

/** Makes file contents: cuts of a pool of the kind, stamped so that no two seeds give the same bytes. Pools are made when first used. */
export class ContentSource {
  readonly #seed: number;
  readonly #pools = new Map<ContentKind, Uint8Array>();
  readonly #piece = Buffer.alloc(PIECE_BYTES);

  constructor(seed: number) {
    this.#seed = seed;
  }

  #poolOf(kind: ContentKind): Uint8Array {
    const pool = this.#pools.get(kind) ?? POOL_MAKERS[kind](new Random(this.#seed));
    this.#pools.set(kind, pool);
    return pool;
  }

  /** The content of `seed` in pieces; each piece is valid only until the next is asked for. */
  *pieces(kind: ContentKind, seed: number, sizeBytes: number): Generator<Uint8Array> {
    const [random, pool] = [new Random(seed), this.#poolOf(kind)];
    for (let done = 0; done < sizeBytes; done += PIECE_BYTES) {
      const piece = this.#piece.subarray(0, Math.min(PIECE_BYTES, sizeBytes - done));
      const offset = random.below(POOL_BYTES - PIECE_BYTES);
      piece.set(pool.subarray(offset, offset + piece.length));
      piece.write(random.next32().toString(16).padStart(STAMP_BYTES / 2, '0') + seed.toString(16), 0, Math.min(STAMP_BYTES, piece.length), 'latin1');
      yield piece;
    }
  }
}
