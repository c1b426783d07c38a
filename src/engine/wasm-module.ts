/** Compiled WebAssembly: which files there are, which of them this host can run, and what they export. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capabilityMissing } from './capability.ts';

/** `v128.const` in the smallest module that uses it: valid exactly where the host has SIMD. */
const SIMD_PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

export function hostHasSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
}

/** The modules of one wasm engine; they can travel to a worker in `workerData`. */
export interface WasmModules {
  /** `coppice-simd.wasm` or `coppice-scalar.wasm`. */
  readonly kernels: WebAssembly.Module;
  /** `blake3.wasm`; undefined on hosts without SIMD, where plain JavaScript does it. */
  readonly blake3: WebAssembly.Module | undefined;
}

export interface CompileOptions {
  /** Default: whether the host has it. */
  readonly simd?: boolean;
}

/** Reads and compiles `wasm/*.wasm` of the asset directory; CAPABILITY_MISSING when they are not there. */
export function compileWasmModules(assetDirectory: string, options: CompileOptions = {}): WasmModules {
  const simd = options.simd ?? hostHasSimd();
  return {
    kernels: compile(assetDirectory, simd ? 'coppice-simd.wasm' : 'coppice-scalar.wasm'),
    blake3: simd ? compile(assetDirectory, 'blake3.wasm') : undefined,
  };
}

function compile(assetDirectory: string, file: string): WebAssembly.Module {
  const path = join(assetDirectory, 'wasm', file);
  try {
    return new WebAssembly.Module(readFileSync(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw capabilityMissing(`the wasm engine cannot be loaded: ${reason}`, 'Run `npm run build`, or use `--engine=js`.');
  }
}

/** A function of a module; WebAssembly takes and gives numbers only. */
export type WasmFunction = (...values: readonly number[]) => number;

/** Looks an exported function up; a module without it is not the one this code was written for. */
export function wasmFunction(instance: WebAssembly.Instance, name: string): WasmFunction {
  const found = instance.exports[name];
  if (typeof found !== 'function') throw capabilityMissing(`the wasm module lacks "${name}"`, 'Run `npm run build`.');
  return found as WasmFunction; // exported functions of our modules take and return i32
}

export function wasmMemory(instance: WebAssembly.Instance, name: string): WebAssembly.Memory {
  const found = instance.exports[name];
  if (found instanceof WebAssembly.Memory) return found;
  throw capabilityMissing(`the wasm module lacks the memory "${name}"`, 'Run `npm run build`.');
}
