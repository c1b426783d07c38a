import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCoppiceError } from '../../src/base/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createJsEngine } from '../../src/engine/js-engine.ts';
import { createNativeEngine } from '../../src/engine/native-engine.ts';
import { createWasmEngine } from '../../src/engine/wasm-engine.ts';
import { compileWasmModules } from '../../src/engine/wasm-module.ts';
import type { WasmModules } from '../../src/engine/wasm-module.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** An implementation under test; `load` gives undefined where this machine cannot have it. */
export interface Candidate {
  readonly name: string;
  readonly load: () => Engine | undefined;
}

/** The kernels need nothing but npm: where they are not built yet, they are built now. */
function buildWasm(): void {
  if (existsSync(join(DIST, 'wasm', 'coppice-scalar.wasm'))) return;
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build-wasm.mjs')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the wasm kernels cannot be built');
}

export function wasmModules(simd: boolean): WasmModules {
  buildWasm();
  return compileWasmModules(DIST, { simd });
}

function loadWasm(simd: boolean): Engine {
  return createWasmEngine(wasmModules(simd));
}

/** Skips loudly, or fails where COPPICE_REQUIRE_NATIVE=1 says that the addon must be there. */
function loadNative(): Engine | undefined {
  try {
    return createNativeEngine(createJsEngine(), DIST);
  } catch (error) {
    if (!isCoppiceError(error, 'CAPABILITY_MISSING') || process.env['COPPICE_REQUIRE_NATIVE'] === '1') throw error;
    process.stderr.write(`SKIPPED: conformance of the native engine: ${error.message}\n`);
    return undefined;
  }
}

export const CANDIDATES: readonly Candidate[] = [
  { name: 'js', load: createJsEngine },
  { name: 'wasm with SIMD', load: () => loadWasm(true) },
  { name: 'wasm without SIMD', load: () => loadWasm(false) },
  { name: 'native', load: loadNative },
];
