import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { JS_KERNELS } from '../../src/engine/js-engine.ts';
import { noise } from '../support/nasty-tree.ts';

const MEBIBYTE = 1024 * 1024;
/** Both sides of every block, chunk and buffer boundary. */
const LENGTHS = [
  0, 1, 55, 56, 63, 64, 65, 119, 120, 255, 256, 257, 1023, 1024, 1025, 2048, 3072, 16_384, 65_535, 65_536, 262_111, 262_112,
  262_113, 262_144, 262_145, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE + 7,
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** From the BLAKE3 paper's own test vectors: input bytes count 0…250 over and over. */
const BLAKE3_VECTORS: readonly (readonly [number, string])[] = [
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1023, '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
  [2048, 'e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a'],
  [31744, '62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47'],
];

function endsOf(lengths: readonly number[]): Uint32Array {
  let end = 0;
  return Uint32Array.from(lengths, (length) => (end += length));
}

export function kernelSuite(engine: Engine): void {
  it('digests with SHA-256 as node does, whole and in parts', () => {
    for (const length of LENGTHS) {
      const bytes = noise(length);
      expect(hex(engine.digest('sha256', bytes)), `${length} bytes`).toBe(sha256(bytes));
      const parts = [bytes.subarray(0, length >> 1), new Uint8Array(0), bytes.subarray(length >> 1)];
      expect(hex(engine.digest('sha256', ...parts)), `${length} bytes in parts`).toBe(sha256(bytes));
    }
    expect(hex(engine.digest('sha256'))).toBe(sha256(new Uint8Array(0)));
  });

  it('digests with BLAKE3 as its published vectors say', () => {
    for (const [length, expected] of BLAKE3_VECTORS) {
      const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
      expect(hex(engine.digest('blake3', bytes)), `${length} bytes`).toBe(expected);
    }
  });

  it('digests with BLAKE3 as the reference does, whole and in parts', () => {
    for (const length of LENGTHS) {
      const bytes = noise(length);
      const expected = hex(JS_KERNELS.digest('blake3', bytes));
      expect(hex(engine.digest('blake3', bytes)), `${length} bytes`).toBe(expected);
      const parts = [bytes.subarray(0, length / 3), bytes.subarray(length / 3)];
      expect(hex(engine.digest('blake3', ...parts)), `${length} bytes in parts`).toBe(expected);
    }
  });

  it('digests many messages of all lengths in one call', () => {
    const lengths = [...Array.from({ length: 300 }, (_, index) => index), 5000, 0, 0, 64, 1, 3000, 200];
    const ends = endsOf(lengths);
    const bytes = noise(ends.at(-1) ?? 0);
    const message = (index: number): Uint8Array => bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
    for (const algorithm of ['sha256', 'blake3'] as const) {
      const digests = engine.digestMany(algorithm, bytes, ends);
      expect(digests.length).toBe(lengths.length * 32);
      for (const index of lengths.keys()) {
        const expected = hex(JS_KERNELS.digest(algorithm, message(index)));
        expect(hex(digests.subarray(index * 32, index * 32 + 32)), `${algorithm} ${index}`).toBe(expected);
      }
    }
    expect(engine.digestMany('sha256', new Uint8Array(0), new Uint32Array(0)).length).toBe(0);
  });

  it('digests more short messages than fit into one round', () => {
    const ends = endsOf(Array.from({ length: 2501 }, (_, index) => index % 256));
    const bytes = noise(ends.at(-1) ?? 0);
    const digests = engine.digestMany('sha256', bytes, ends);
    expect(Buffer.compare(digests, JS_KERNELS.digestMany('sha256', bytes, ends))).toBe(0);
  });

  it('deflates to what zlib inflates, at every level', () => {
    for (const length of [0, 1, 65, 65_536, MEBIBYTE + 1]) {
      for (const level of [1, 6, 9]) {
        const bytes = length > 1000 ? Buffer.concat([noise(length / 2), Buffer.alloc(length / 2, 'abc')]) : noise(length);
        const deflated = engine.deflateRaw(bytes, level);
        expect(Buffer.compare(inflateRawSync(deflated), bytes)).toBe(0);
        expect(Buffer.compare(engine.inflateRaw(deflated, bytes.length), bytes)).toBe(0);
      }
    }
    expect(hex(engine.deflateRaw(new Uint8Array(0), 6))).toBe('0300');
  });

  it('inflates to exactly the size that was promised', () => {
    const deflated = deflateRawSync(noise(5000));
    expect(engine.inflateRaw(deflated, 5000).length).toBe(5000);
    const refusal = expect.objectContaining({ code: 'FORMAT_INVALID' });
    const refused: readonly (readonly [Uint8Array, number])[] = [
      [deflated, 4999],
      [deflated, 5001],
      [deflated, 0],
      [deflated.subarray(0, 3000), 5000],
      [deflated.subarray(0, deflated.length - 1), 5000],
      [new Uint8Array(0), 0],
      [new Uint8Array(0), 5],
      [Uint8Array.of(0x07, 1, 2, 3), 10],
    ];
    for (const [bytes, size] of refused) expect(() => engine.inflateRaw(bytes, size), `${size}`).toThrowError(refusal);
  });

  it('cuts chunks where the reference cuts them', () => {
    const bounds = [
      { minimum: 16_384, average: 65_536, maximum: 262_144 },
      { minimum: 1, average: 2, maximum: 3 },
      { minimum: 31, average: 64, maximum: 100 },
      { minimum: 33, average: 256, maximum: 70_000 },
      { minimum: 700_000, average: 1_048_576, maximum: 1_500_000 },
    ];
    for (const length of [0, 1, 32, 16_383, 16_384, 16_385, 262_145, MEBIBYTE, MEBIBYTE + 1, 5 * MEBIBYTE + 3]) {
      const bytes = noise(length);
      for (const bound of bounds) {
        if (bound.average < 10 && length > 100_000) continue;
        expect(engine.chunkEnds(bytes, bound), `${length} bytes`).toEqual(slowChunkEnds(bytes, bound));
      }
    }
  });

  it('cuts where a run of equal bytes gives no cut only at the maximum', () => {
    const bounds = { minimum: 1024, average: 4096, maximum: 16_384 };
    const ends = engine.chunkEnds(new Uint8Array(100_000), bounds);
    expect(ends).toEqual(slowChunkEnds(new Uint8Array(100_000), bounds));
    expect(ends.at(-1)).toBe(100_000);
  });

  it('refuses chunk bounds that cannot be', () => {
    const refusal = expect.objectContaining({ code: 'USAGE' });
    for (const bound of [
      { minimum: 0, average: 64, maximum: 128 },
      { minimum: 100, average: 65, maximum: 128 },
      { minimum: 200, average: 64, maximum: 128 },
    ]) {
      expect(() => engine.chunkEnds(noise(1000), bound)).toThrowError(refusal);
    }
  });
}

interface Bounds {
  readonly minimum: number;
  readonly average: number;
  readonly maximum: number;
}

/** The rule as it is written down, with no shortcut. */
function slowChunkEnds(bytes: Uint8Array, { minimum, average, maximum }: Bounds): Uint32Array {
  const gear = slowGear();
  const shift = 32 - Math.log2(average);
  const ends: number[] = [];
  let [hash, length] = [0, 0];
  for (const [index, byte] of bytes.entries()) {
    hash = ((hash << 1) + (gear[byte] ?? 0)) >>> 0;
    length += 1;
    const cut = length >= maximum || (length >= minimum && hash >>> shift === 0);
    if (cut || index === bytes.length - 1) ends.push(index + 1);
    if (cut) [hash, length] = [0, 0];
  }
  return Uint32Array.from(ends);
}

const u32 = (value: bigint): bigint => value & 0xffff_ffffn;

function slowGear(): readonly number[] {
  let state = 0x9e3779b9n;
  return Array.from({ length: 256 }, () => {
    state = u32(state + 0x9e3779b9n);
    let z = u32((state ^ (state >> 16n)) * 0x85ebca6bn);
    z = u32((z ^ (z >> 13n)) * 0xc2b2ae35n);
    return Number(z ^ (z >> 16n));
  });
}
