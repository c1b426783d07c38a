/** The root of the main thread: chooses the engine and builds the pool. Nothing else decides about either. */
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryBudget } from './base/memory-budget.ts';
import type { MemoryBudget } from './base/memory-budget.ts';
import type { Engine } from './engine/engine.ts';
import { selectEngine } from './engine/select-engine.ts';
import type { EngineChoice } from './engine/select-engine.ts';
import { AdaptivePool } from './pool/adaptive-pool.ts';
import { staySmall } from './pool/heap-keeper.ts';
import { InlinePool } from './pool/inline-pool.ts';
import { PiscinaPool } from './pool/piscina-pool.ts';
import type { Pool } from './pool/task.ts';
import type { WorkerSettings } from './worker.ts';

export interface RuntimeOptions {
  /** Default `auto`: native where its addon loads, else wasm, else js. */
  readonly engine?: EngineChoice | undefined;
  /** Threads that work on files, from two on the calling one among them; 0 starts none. Default: one for each core. */
  readonly threads?: number | undefined;
  /** What the whole process shall stay below, in bytes; no less than some 56 MiB can be kept. Default: ample. */
  readonly maxMemoryBytes?: number | undefined;
  /** Processor time that the whole process may take on average, in percent of one processor. Default: all. */
  readonly cpuPercent?: number | undefined;
}

export interface Runtime {
  readonly engine: Engine;
  /** Why this engine runs, in words. */
  readonly engineReason: string;
  readonly threads: number;
  readonly pool: Pool;
}

const MEBIBYTE = 1024 * 1024;

/** How an engine is run. */
interface Habits {
  /** Some 25 ms of its work, in bytes' worth: less never starts a thread. */
  readonly inlineWeight: number;
  /** The budget with what this engine's garbage may take. */
  readonly budget: MemoryBudget;
  /** Whether machine code is worth its memory. */
  readonly compiles: boolean;
}

function habitsOf(engine: Engine, budget: MemoryBudget): Habits {
  if (engine.name === 'native') return { inlineWeight: 16 * MEBIBYTE, budget, compiles: budget.compilesCode };
  const { scriptGarbageBytes: garbageBytes, scriptYoungMegabytes: youngMegabytes } = budget;
  return { inlineWeight: 6 * MEBIBYTE, budget: { ...budget, garbageBytes, youngMegabytes }, compiles: true };
}

/** The directory of the bundles, where `worker.js`, `wasm/` and the addon lie. */
export function assetDirectory(): string {
  return dirname(fileURLToPath(import.meta.url));
}

export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const directory = assetDirectory();
  const threads = options.threads ?? availableParallelism();
  const shares = memoryBudget(options.maxMemoryBytes, threads);
  const { engine, reason } = selectEngine({ choice: options.engine ?? 'auto', assetDirectory: directory, threads, budget: shares });
  const { inlineWeight, budget, compiles } = habitsOf(engine, shares);
  if (!compiles) staySmall();
  const inline = new InlinePool({ engine }, { budget, cpuPercent: options.cpuPercent });
  const pool = threads === 0 ? inline : withWorkers(inline, { engine, threads, inlineWeight, budget, directory });
  return { engine, engineReason: reason, threads, pool };
}

interface WorkerPlan {
  readonly engine: Engine;
  readonly threads: number;
  readonly inlineWeight: number;
  readonly budget: MemoryBudget;
  readonly directory: string;
}

function withWorkers(inline: Pool, { engine, threads, inlineWeight, budget, directory }: WorkerPlan): Pool {
  const workers = Math.max(threads - 1, 1); // with two and more the main thread works too
  const workerData: WorkerSettings = { engine: engine.name, assetDirectory: directory, threads, budget };
  const workerFile = join(directory, 'worker.js');
  return new AdaptivePool(inline, new PiscinaPool({ workerFile, threads: workers, workerData, budget }), { threads, inlineWeight });
}
