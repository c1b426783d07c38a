import { setFlagsFromString } from 'node:v8';
import type { Piscina } from 'piscina';
import type { MemoryBudget } from '../base/memory-budget.ts';
import { fromWire } from './error-wire.ts';
import type { WireReply } from './error-wire.ts';
import type { StartablePool, Task } from './task.ts';

export interface PiscinaPoolOptions {
  /** The worker root, a JavaScript file. */
  readonly workerFile: string;
  readonly threads: number;
  /** Handed to each worker as `workerData`; must survive a structured clone. */
  readonly workerData: unknown;
  /** Bounds the JavaScript heap of each worker; its buffers lie outside. */
  readonly budget: MemoryBudget;
}

/**
 * Tasks wait at each worker, so that it goes on while the main thread is busy: piscina hands out the next task only
 * from the main thread's event loop.
 */
const TASKS_PER_WORKER = 6;

/** Runs tasks on piscina's worker threads. Threads start with the first task. */
export class PiscinaPool implements StartablePool {
  readonly width: number;
  readonly #options: PiscinaPoolOptions;
  #piscina: Promise<Piscina> | undefined;

  constructor(options: PiscinaPoolOptions) {
    this.width = options.threads;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#piscina ??= this.#make();
    await this.#piscina;
  }

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    this.#piscina ??= this.#make();
    const piscina = await this.#piscina;
    const reply = (await piscina.run({ task: task.name, input })) as WireReply; // our own worker root wrote it
    if ('error' in reply) throw fromWire(reply.error);
    return reply.output as Output; // the same Task's handler made it
  }

  async close(): Promise<void> {
    if (this.#piscina === undefined) return;
    await (await this.#piscina).close();
    this.#piscina = undefined;
  }

  async #make(): Promise<Piscina> {
    workInPlace();
    const { Piscina } = await import('piscina');
    const { workerFile, threads, workerData, budget } = this.#options;
    return new Piscina({
      filename: workerFile,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: TASKS_PER_WORKER,
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: budget.workerHeapMegabytes, maxYoungGenerationSizeMb: budget.youngMegabytes },
    });
  }
}

/**
 * With every core at work, threads of V8's own take turns with these and come late: functions are optimised on the thread
 * that calls them, and the thread whose young objects are collected does it alone (bench `commit`, wasm: 2 % and 1 % less).
 */
function workInPlace(): void {
  for (const flag of ['--no-concurrent-recompilation', '--no-parallel-scavenge']) setFlagsFromString(flag);
}
