import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isCoppiceError } from '../../src/base/errors.ts';
import { JS_KERNELS } from '../../src/engine/js-engine.ts';
import { createWasmKernels } from '../../src/engine/wasm-engine.ts';
import { WasmKernels } from '../../src/engine/wasm-kernels.ts';
import { noise } from '../support/nasty-tree.ts';
import { wasmModules } from './engines.ts';

const WORDS = Buffer.from('the quick brown fox jumps over the lazy dog; ');
/** All kinds of blocks, codes longer than the tables, distances from 1 to 32 KiB, runs, and nothing at all. */
const CONTENTS: readonly Buffer[] = [
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
const STRATEGIES = [constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED];

/** Byte n is twice as frequent as byte n + 1, so that codes of all lengths are needed. */
function skewed(length: number): Uint8Array {
  const random = noise(length * 4);
  return Uint8Array.from({ length }, (_, index) => Math.clz32(random.readUInt32LE(index * 4) | 1));
}

describe.each([true, false])('inflating in WebAssembly, SIMD %s', (simd) => {
  const modules = wasmModules(simd);
  const kernels = new WasmKernels(modules.kernels);

  it.each(STRATEGIES)('gives what was deflated with strategy %i', (strategy) => {
    for (const bytes of CONTENTS) {
      for (let level = 0; level <= 9; level++) {
        const deflated = deflateRawSync(bytes, { level, strategy });
        const inflated = kernels.inflateRaw(deflated, bytes.length);
        expect(inflated !== undefined && Buffer.compare(inflated, bytes) === 0, `${bytes.length} bytes at level ${level}`).toBe(true);
      }
    }
  });

  it('takes no other size, no rest, and no stream that ends early', () => {
    for (const bytes of CONTENTS) {
      const deflated = deflateRawSync(bytes);
      expect(kernels.inflateRaw(deflated, bytes.length + 1)).toBeUndefined();
      expect(kernels.inflateRaw(deflated, Math.max(bytes.length - 1, 0)) === undefined || bytes.length === 0).toBe(true);
      expect(kernels.inflateRaw(Buffer.concat([deflated, Buffer.alloc(1)]), bytes.length)).toBeUndefined();
      for (const length of [0, 1, deflated.length >> 1, deflated.length - 1]) {
        if (length < deflated.length) expect(kernels.inflateRaw(deflated.subarray(0, length), bytes.length)).toBeUndefined();
      }
    }
  });

  it('judges damaged streams as zlib does', () => {
    const engine = createWasmKernels(modules);
    const random = noise(40_000);
    for (let round = 0; round < 10_000; round++) {
      const bytes = CONTENTS[round % CONTENTS.length] ?? Buffer.alloc(0);
      const deflated = deflateRawSync(bytes.subarray(0, 4000), { level: round % 10, strategy: STRATEGIES[round % 5] });
      const at = random.readUInt16LE(round * 4) % deflated.length;
      deflated[at] = (deflated[at] ?? 0) ^ (1 << ((random[round * 4 + 2] ?? 0) & 7));
      const size = Math.min(bytes.length, 4000);
      expect(verdict(() => engine.inflateRaw(deflated, size)), `round ${round}`).toBe(verdict(() => JS_KERNELS.inflateRaw(deflated, size)));
    }
  });
});

/** The bytes, or the code of the refusal. */
function verdict(inflate: () => Uint8Array): string {
  try {
    return Buffer.from(inflate()).toString('latin1');
  } catch (error) {
    if (isCoppiceError(error)) return `refused: ${error.code}`;
    throw error;
  }
}
