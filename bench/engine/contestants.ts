import { join } from 'node:path';
import { isCoppiceError } from '../../src/base/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createJsEngine } from '../../src/engine/js-engine.ts';
import { createNativeEngine } from '../../src/engine/native-engine.ts';
import { createWasmEngine } from '../../src/engine/wasm-engine.ts';
import { compileWasmModules } from '../../src/engine/wasm-module.ts';

/** An engine in the contest. The first one is the reference for answers and ratios. */
export interface Contestant {
  readonly name: string;
  readonly engine: Engine;
}

/** Every engine that this machine has, built into `dist`. */
export function gatherContestants(project: string): readonly Contestant[] {
  const dist = join(project, 'dist');
  return [
    { name: 'js', load: createJsEngine },
    { name: 'wasm simd', load: () => createWasmEngine(compileWasmModules(dist, { simd: true })) },
    { name: 'wasm scalar', load: () => createWasmEngine(compileWasmModules(dist, { simd: false })) },
    { name: 'native', load: () => createNativeEngine(createJsEngine(), dist) },
  ].flatMap(({ name, load }) => {
    const engine = loadIfPossible(load);
    if (engine === undefined) process.stderr.write(`${name} is left out: it is not built\n`);
    return engine === undefined ? [] : [{ name, engine }];
  });
}

function loadIfPossible(load: () => Engine): Engine | undefined {
  try {
    return load();
  } catch (error) {
    if (isCoppiceError(error, 'CAPABILITY_MISSING')) return undefined;
    throw error;
  }
}
