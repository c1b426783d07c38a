import { CHECKSUM_BYTES } from '../base/checksum.ts';
import { AMPLE_MEMORY } from '../base/memory-budget.ts';
import type { MemoryBudget } from '../base/memory-budget.ts';
import type { DigestAlgorithm, Engine } from './engine.ts';
import { createNodeEngine, JS_KERNELS } from './js-engine.ts';
import { digestEach } from './js/digest.ts';
import type { Kernels } from './kernels.ts';
import { WasmBlake3 } from './wasm-blake3.ts';
import { WasmDeflate } from './wasm-deflate.ts';
import { SHORT_MESSAGE_BYTES, WasmKernels } from './wasm-kernels.ts';
import { compileWasmModules } from './wasm-module.ts';
import type { WasmModules } from './wasm-module.ts';

/** Beyond, node's own zlib is the faster one; up to here what it allocates for each stream weighs more (bench/engine, `inflate`). */
const LARGEST_INFLATED_BYTES = 8192;

/** Compiles `wasm/*.wasm` of the asset directory and builds the engine; CAPABILITY_MISSING when they are not there. */
export function loadWasmEngine(assetDirectory: string, budget?: MemoryBudget): Engine {
  return createWasmEngine(compileWasmModules(assetDirectory), budget);
}

/** The js engine with those kernels replaced that a bench shows to be faster in WebAssembly (wasm/README.md). */
export function createWasmEngine(modules: WasmModules, budget: MemoryBudget = AMPLE_MEMORY): Engine {
  return createNodeEngine('wasm', createWasmKernels(modules), budget);
}

export function createWasmKernels(modules: WasmModules): Kernels {
  const kernels = new WasmKernels(modules.kernels);
  let made: WasmDeflate | undefined;
  const deflate = (): WasmDeflate => (made ??= new WasmDeflate(modules.kernels)); // little of what there is to do deflates
  const digests = modules.blake3 === undefined ? JS_KERNELS : withBlake3(new WasmBlake3(modules.blake3));
  return {
    ...digests,
    chunkEnds: (bytes, bounds) => kernels.chunkEnds(bytes, bounds),
    deflateRaw: (bytes, level) => deflate().deflateRaw(bytes, level),
    createDeflater: (level, sink) => deflate().createDeflater(level, sink),
    inflateRaw: (bytes, size) =>
      (Math.max(bytes.length, size) > LARGEST_INFLATED_BYTES ? undefined : kernels.inflateRaw(bytes, size)) ?? JS_KERNELS.inflateRaw(bytes, size),
    digestMany: (algorithm, bytes, ends) =>
      algorithm === 'sha256' && kernels.hasLanes
        ? digestManySha256(kernels, bytes, ends)
        : digestEach(bytes, ends, (message) => digests.digest(algorithm, message)),
  };
}

/** Node's kernels with BLAKE3 from WebAssembly; SHA-256 stays with OpenSSL, which is five times as fast. */
function withBlake3(blake3: WasmBlake3): Kernels {
  const digest = (algorithm: DigestAlgorithm, ...parts: readonly Uint8Array[]): Uint8Array => {
    if (algorithm === 'sha256') return JS_KERNELS.digest(algorithm, ...parts);
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return blake3.digest(only);
    const hasher = blake3.createHasher();
    for (const part of parts) hasher.update(part);
    return hasher.digest();
  };
  return {
    ...JS_KERNELS,
    digest,
    digestHex: (algorithm, bytes) =>
      algorithm === 'sha256'
        ? JS_KERNELS.digestHex(algorithm, bytes)
        : Buffer.from(blake3.digest(bytes)).toString('hex'),
    createHasher: (algorithm) =>
      algorithm === 'sha256' ? JS_KERNELS.createHasher(algorithm) : blake3.createHasher(),
  };
}

/** Short messages go four at a time through the SIMD lanes, the others one by one through node. */
function digestManySha256(kernels: WasmKernels, bytes: Uint8Array, ends: Uint32Array): Uint8Array {
  const digests = new Uint8Array(ends.length * CHECKSUM_BYTES);
  const short: number[] = [];
  let start = 0;
  for (const [index, end] of ends.entries()) {
    if (end - start < SHORT_MESSAGE_BYTES) short.push(index);
    else digests.set(JS_KERNELS.digest('sha256', bytes.subarray(start, end)), index * CHECKSUM_BYTES);
    start = end;
  }
  kernels.digestShort(bytes, ends, short, digests);
  return digests;
}
