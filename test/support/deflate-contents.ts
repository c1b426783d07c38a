import { noise } from './nasty-tree.ts';

const WORDS = Buffer.from('the quick brown fox jumps over the lazy dog; ');

/** All kinds of blocks, codes of all lengths, distances from 1 to 32 KiB, runs, and nothing at all. */
export const DEFLATE_CONTENTS: readonly Buffer[] = [
  Buffer.alloc(0),
  noise(1),
  noise(255),
  noise(70_000),
  Buffer.alloc(5, 'a'),
  Buffer.alloc(70_000, 'a'),
  Buffer.alloc(4096, 'abcdefg'),
  Buffer.alloc(70_000, WORDS),
  Buffer.concat([noise(32_768), noise(32_768), Buffer.alloc(300, 'xyz'), noise(9)]),
  Buffer.from(skewed(9000)),
  Buffer.concat(Array.from({ length: 200 }, (_, index) => Buffer.concat([WORDS.subarray(0, index % 40), noise(index % 7)]))),
];

/** Byte n is twice as frequent as byte n + 1, so that codes of all lengths are needed. */
function skewed(length: number): Uint8Array {
  const random = noise(length * 4);
  return Uint8Array.from({ length }, (_, index) => Math.clz32(random.readUInt32LE(index * 4) | 1));
}
