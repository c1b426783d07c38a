import { AMPLE_MEMORY } from '../base/memory-budget.ts';
import type { MemoryBudget } from '../base/memory-budget.ts';
import { isCoppiceError } from '../base/errors.ts';
import type { Engine, EngineName } from './engine.ts';
import { createJsEngine } from './js-engine.ts';
import { createNativeEngine } from './native-engine.ts';
import { loadWasmEngine } from './wasm-engine.ts';

export type EngineChoice = 'auto' | EngineName;

/** What `--engine` and COPPICE_ENGINE may say. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ['auto', 'native', 'wasm', 'js'];

export interface SelectEngineOptions {
  readonly choice: EngineChoice;
  /** Where `wasm/*.wasm` and the addon lie: the directory of the bundles. */
  readonly assetDirectory: string;
  /** Threads of the whole process that may be at work; default 1. The native engine splits huge files over idle ones. */
  readonly threads?: number | undefined;
  /** Bounds the engine's buffers. Default: ample. */
  readonly budget?: MemoryBudget | undefined;
}

export interface SelectedEngine {
  readonly engine: Engine;
  /** Why this one, in words. */
  readonly reason: string;
}

/**
 * The engine of this process or thread. `auto` takes native, else wasm, else js; an engine asked for by name that cannot
 * be loaded is a CAPABILITY_MISSING.
 */
export function selectEngine({ choice, ...place }: SelectEngineOptions): SelectedEngine {
  if (choice === 'auto') return selectBest(place);
  return { engine: loadEngine(choice, place), reason: 'asked for by name' };
}

type EnginePlace = Omit<SelectEngineOptions, 'choice'>;

function loadEngine(name: EngineName, { assetDirectory, threads, budget = AMPLE_MEMORY }: EnginePlace): Engine {
  if (name === 'js') return createJsEngine(budget);
  if (name === 'wasm') return loadWasmEngine(assetDirectory, budget);
  // the addon has every kernel: compiling WebAssembly below it would cost each thread 10 ms for nothing
  return createNativeEngine(createJsEngine(budget), assetDirectory, { budget, threads });
}

function selectBest(place: EnginePlace): SelectedEngine {
  const native = attempt(() => loadEngine('native', place));
  if (native.engine !== undefined) return { engine: native.engine, reason: 'the native addon loads' };
  const wasm = attempt(() => loadEngine('wasm', place));
  if (wasm.engine !== undefined) return { engine: wasm.engine, reason: native.obstacle };
  return { engine: createJsEngine(place.budget), reason: `${native.obstacle}; ${wasm.obstacle}` };
}

interface Attempt {
  readonly engine: Engine | undefined;
  /** Why there is none. */
  readonly obstacle: string;
}

/** Only a missing capability is a reason to fall back; anything else is a fault to be seen. */
function attempt(load: () => Engine): Attempt {
  try {
    return { engine: load(), obstacle: '' };
  } catch (error) {
    if (!isCoppiceError(error, 'CAPABILITY_MISSING')) throw error;
    return { engine: undefined, obstacle: error.message };
  }
}
