import { readdirSync, readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WasmDeflate } from '../../src/engine/wasm-deflate.ts';
import { DEFLATE_CONTENTS } from '../support/deflate-contents.ts';
import { noise } from '../support/nasty-tree.ts';
import { wasmModules } from './engines.ts';

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
/** What the kernel takes at once. */
const PIECE_BYTES = 256 * 1024;
/** Positions begin anew behind this many bytes. */
const POSITIONS = 0x7000_0000 - 0x1_0000;

/** Noise, runs, and repeats of what came before from all distances, beyond the window too. */
function patchwork(random: Buffer, bytes: number): Buffer {
  const made = Buffer.alloc(bytes);
  let at = 0;
  for (let draw = 0; at < bytes; draw = (draw + 8) % (random.length - 8)) {
    const length = Math.min(1 + (random.readUInt16LE(draw) % 700), bytes - at);
    const kind = random.readUInt8(draw + 2) % 3;
    const distance = 1 + (random.readUInt32LE(draw + 3) % 40_000);
    if (kind === 0) made.fill(random.subarray(draw, draw + 900), at, at + length);
    else if (kind === 1 || distance > at) made.fill(random.readUInt8(draw + 7), at, at + length);
    else for (let index = 0; index < length; index++) made[at + index] = made[at + index - distance] ?? 0;
    at += length;
  }
  return made;
}

function inPieces(kernel: WasmDeflate, level: number, bytes: Uint8Array, step: (index: number) => number): Buffer {
  const pieces: Uint8Array[] = [];
  const stream = kernel.createDeflater(level, (piece) => pieces.push(piece));
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = at + step(index);
    stream.push(bytes.subarray(at, end));
    at = end;
  }
  stream.end();
  return Buffer.concat(pieces);
}

describe.each([true, false])('deflating in WebAssembly, SIMD %s', (simd) => {
  const module = wasmModules(simd).kernels;
  const kernel = new WasmDeflate(module);

  it.each(LEVELS)('gives what zlib inflates, at level %i', (level) => {
    const sizes = [PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES];
    for (const bytes of [...DEFLATE_CONTENTS, ...sizes.map((size) => patchwork(noise(5000), size)), noise(PIECE_BYTES + 7)]) {
      const deflated = kernel.deflateRaw(bytes, level);
      expect(Buffer.compare(inflateRawSync(deflated), bytes), `${bytes.length} bytes`).toBe(0);
    }
  });

  it('gives what zlib inflates, for all kinds of contents in all kinds of pieces', () => {
    const random = noise(2_000_000);
    for (let round = 0; round < 1500; round++) {
      const bytes = patchwork(random.subarray(round * 997), random.readUInt32LE(round * 4) % 90_000);
      const step = (index: number): number => 1 + (random.readUInt16LE(round + index * 2) % 30_000);
      const deflated = inPieces(kernel, 1 + (round % 9), bytes, step);
      expect(Buffer.compare(inflateRawSync(deflated), bytes), `round ${round}`).toBe(0);
    }
  });

  it('comes out the same whatever the pieces, and whatever was deflated before', () => {
    const bytes = patchwork(noise(9000), 3 * PIECE_BYTES + 5);
    const deflated = kernel.deflateRaw(bytes, 6);
    expect(Buffer.compare(new WasmDeflate(module).deflateRaw(bytes, 6), deflated)).toBe(0);
    expect(Buffer.compare(kernel.deflateRaw(bytes, 6), deflated)).toBe(0);
    expect(Buffer.compare(inPieces(kernel, 6, bytes, () => 99_991), deflated)).toBe(0);
  });

  it('looks back from one piece into the one before', () => {
    const digits = Buffer.from(noise(10_000).toString('hex'));
    const bytes = Buffer.concat([Buffer.alloc(PIECE_BYTES - digits.length), digits, digits]);
    expect(kernel.deflateRaw(bytes, 6).length).toBeLessThan(1.2 * digits.length / 2);
  });

  it('goes on where positions begin anew', () => {
    const old = new WasmDeflate(module);
    const stream = old.createDeflater(1, () => undefined);
    const zeros = new Uint8Array(PIECE_BYTES);
    for (let left = POSITIONS; left > PIECE_BYTES; left -= PIECE_BYTES) stream.push(zeros);
    stream.end();
    const bytes = patchwork(noise(9000), 8 * PIECE_BYTES);
    const usual = new WasmDeflate(module).deflateRaw(bytes, 6).length;
    for (let round = 0; round < 2; round++) {
      const deflated = old.deflateRaw(bytes, 6);
      expect(Buffer.compare(inflateRawSync(deflated), bytes)).toBe(0);
      expect(deflated.length).toBeLessThan(1.02 * usual);
    }
  });

  it('refuses to go on with a stream that another one has taken the place of', () => {
    const first = kernel.createDeflater(6, () => undefined);
    first.push(noise(10));
    kernel.createDeflater(6, () => undefined);
    expect(() => first.end()).toThrowError(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('stores what does not shrink, and shrinks what comes after', () => {
    expect(kernel.deflateRaw(noise(PIECE_BYTES), 6).length).toBeLessThan(PIECE_BYTES + 100);
    expect(kernel.deflateRaw(Buffer.concat([noise(20_000), Buffer.alloc(200_000, 'words ')]), 6).length).toBeLessThan(30_000);
  });

  it.each(LEVELS)('is no larger than what zlib makes of a program, and hardly of small texts, at level %i', (level) => {
    const root = new URL('../../src/ops/commit/', import.meta.url).pathname;
    const texts = readdirSync(root).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(`${root}${name}`));
    const program = readFileSync(process.execPath);
    const samples = Array.from({ length: 16 }, (_, index) => program.subarray((index * program.length) / 16).subarray(0, 128 * 1024));
    const sum = (contents: readonly Buffer[], deflate: (bytes: Buffer) => Uint8Array): number =>
      contents.reduce((total, bytes) => total + deflate(bytes).length, 0);
    const ratio = (contents: readonly Buffer[]): number =>
      sum(contents, (bytes) => kernel.deflateRaw(bytes, level)) / sum(contents, (bytes) => deflateRawSync(bytes, { level }));
    expect(ratio(samples)).toBeLessThanOrEqual(1);
    expect(ratio(texts)).toBeLessThan(1.005);
  });
});
