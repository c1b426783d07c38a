import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isCoppiceError } from '../../src/base/errors.ts';
import { JS_KERNELS } from '../../src/engine/js-engine.ts';
import { createWasmKernels } from '../../src/engine/wasm-engine.ts';
import { WasmKernels } from '../../src/engine/wasm-kernels.ts';
import { DEFLATE_CONTENTS } from '../support/deflate-contents.ts';
import { noise } from '../support/nasty-tree.ts';
import { wasmModules } from './engines.ts';

const STRATEGIES = [constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE, constants.Z_FIXED];

describe.each([true, false])('inflating in WebAssembly, SIMD %s', (simd) => {
  const modules = wasmModules(simd);
  const kernels = new WasmKernels(modules.kernels);

  it.each(STRATEGIES)('gives what was deflated with strategy %i', (strategy) => {
    for (const bytes of DEFLATE_CONTENTS) {
      for (let level = 0; level <= 9; level++) {
        const deflated = deflateRawSync(bytes, { level, strategy });
        const inflated = kernels.inflateRaw(deflated, bytes.length);
        expect(inflated !== undefined && Buffer.compare(inflated, bytes) === 0, `${bytes.length} bytes at level ${level}`).toBe(true);
      }
    }
  });

  it('takes no other size, no rest, and no stream that ends early', () => {
    for (const bytes of DEFLATE_CONTENTS) {
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
      const bytes = DEFLATE_CONTENTS[round % DEFLATE_CONTENTS.length] ?? Buffer.alloc(0);
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
