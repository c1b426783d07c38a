import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { MemoryBudget } from '../base/memory-budget.ts';
import { defineTask } from './task.ts';
import type { Pool, StartablePool, Task } from './task.ts';

/** Tasks handed to each worker before this thread takes one itself: enough to last while this thread is at it. */
const TASKS_PER_WORKER = 6;

/** Does nothing; comes back when a worker is up. */
export const readyTask = defineTask<null, null>('ready', () => null);

export interface AdaptivePoolOptions {
  /** Counts this thread where it is more than there are workers. */
  readonly threads: number;
  /** Work below this many bytes' worth never starts a thread. */
  readonly inlineWeight: number;
}

/**
 * Does little work on this thread. When more comes it starts the workers and goes on working while they start.
 * Afterwards it takes a task itself whenever they have enough, unless the workers alone are `threads`.
 */
export class AdaptivePool implements Pool {
  readonly width: number;
  readonly budget: MemoryBudget;
  readonly #inline: Pool;
  readonly #workers: StartablePool;
  readonly #limit: number;
  #weightLeft: number;
  #running = 0;
  #areUp = false;
  #start: Promise<void> | undefined;
  #end: Promise<void> | undefined;

  constructor(inline: Pool, workers: StartablePool, { threads, inlineWeight }: AdaptivePoolOptions) {
    this.width = threads;
    this.#weightLeft = inlineWeight;
    this.budget = inline.budget;
    this.#inline = inline;
    this.#workers = workers;
    this.#limit = threads > workers.width ? workers.width * TASKS_PER_WORKER : Infinity;
  }

  expect(weight: number): void {
    if (weight > this.#weightLeft && this.#end === undefined) void this.#startSoon();
  }

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    this.#weightLeft -= task.weigh(input);
    if (this.#end !== undefined || (this.#weightLeft >= 0 && this.#start === undefined)) return this.#inline.run(task, input);
    await this.#startSoon();
    await this.#inline.rest();
    if (!this.#hasRoom()) await eventLoopTurn(); // lets answers of the workers in
    return this.#hasRoom() ? this.#send(task, input) : this.#inline.run(task, input);
  }

  rest(): Promise<void> {
    return this.#inline.rest();
  }

  /** What comes later is done on this thread: whoever knows of little to come can have the workers end meanwhile. */
  close(): Promise<void> {
    this.#end ??= this.#stop();
    this.#end.catch(() => undefined); // told to whoever waits for it
    return this.#end;
  }

  async #stop(): Promise<void> {
    await this.#start;
    await this.#workers.close();
  }

  #startSoon(): Promise<void> {
    this.#start ??= this.#startWorkers();
    this.#start.catch(() => undefined); // told to whoever waits for it
    return this.#start;
  }

  /** Waits until the threads are being made, which takes many turns of this thread, but not until they are up. */
  async #startWorkers(): Promise<void> {
    await this.#workers.start();
    const up = this.#workers.run(readyTask, null).then(() => void (this.#areUp = true));
    up.catch(() => undefined); // workers that never come up: this thread does it all
  }

  #hasRoom(): boolean {
    return this.#areUp && this.#end === undefined && this.#running < this.#limit;
  }

  async #send<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    this.#running += 1;
    try {
      return await this.#workers.run(task, input);
    } finally {
      this.#running -= 1;
    }
  }
}
