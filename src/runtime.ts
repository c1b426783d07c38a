/** The root of the main thread: chooses the engine and builds the pool. Nothing else decides about either. */
import { availableParallelism } from 'node:os';
import { dirname, join, basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine/engine.ts';
import { selectEngine } from './engine/select-engine.ts';
import type { EngineChoice } from './engine/select-engine.ts';
import { AdaptivePool } from './pool/adaptive-pool.ts';
import { InlinePool } from './pool/inline-pool.ts';
import { PiscinaPool } from './pool/piscina-pool.ts';
import type { Pool } from './pool/task.ts';
import type { WorkerSettings } from './worker.ts';

export interface RuntimeOptions {
  /** Default `auto`: native where its addon loads, else wasm, else js. */
  readonly engine?: EngineChoice | undefined;
  /** Threads that work on files, from two on the calling one among them; 0 starts none. Default: one for each core. */
  readonly threads?: number | undefined;
}

export interface Runtime {
  readonly engine: Engine;
  /** Why this engine runs, in words. */
  readonly engineReason: string;
  readonly threads: number;
  readonly pool: Pool;
}

const WORKER_HEAP_MEGABYTES = 64;

/** The directory of the bundles, where `worker.js`, `wasm/` and the addon lie; chunks lie one below. */
export function assetDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return basename(here) === 'chunks' ? dirname(here) : here;
}

export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const directory = assetDirectory();
  const threads = options.threads ?? availableParallelism();
  const { engine, reason } = selectEngine({ choice: options.engine ?? 'auto', assetDirectory: directory, threads });
  return { engine, engineReason: reason, threads, pool: createPool(engine, threads, directory) };
}

function createPool(engine: Engine, threads: number, directory: string): Pool {
  const inline = new InlinePool({ engine });
  if (threads === 0) return inline;
  const workers = Math.max(threads - 1, 1); // with two and more the main thread works too
  const workerData: WorkerSettings = { engine: engine.name, assetDirectory: directory, threads };
  const workerFile = join(directory, 'worker.js');
  const pool = new PiscinaPool({ workerFile, threads: workers, workerData, heapMegabytes: WORKER_HEAP_MEGABYTES });
  return new AdaptivePool(inline, pool, threads);
}
