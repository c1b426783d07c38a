import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { MemoryBudget } from '../base/memory-budget.ts';
import { defineTask } from './task.ts';
import type { Pool, StartablePool, Task } from './task.ts';

/** Tasks handed to each worker before this thread takes one itself: enough to last while this thread is at it. */
const TASKS_PER_WORKER = 6;
/**
 * The same in bytes' worth of work. Of longer tasks a worker gets one, so that the threads end at about the same time, and a
 * second one while there is another for this thread, which would not notice that the first is done.
 */
const WEIGHT_PER_WORKER = 192 * 1024 * 1024;
/** A task of more than this takes longer than a worker to come up, which this thread would not notice meanwhile. */
const LONG_WEIGHT = 32 * 1024 * 1024;
/** Turns of the event loop in which whoever sends tasks can come to the next one. */
const LONG_TURNS = 8;

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
  #runningWeight = 0;
  #areUp = false;
  #up: Promise<void> | undefined;
  /** Tasks that are not given to a thread yet, and the last of them: each is placed after the one before. */
  #waiting = 0;
  #placed: Promise<unknown> = Promise.resolve();
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
    const weight = task.weigh(input);
    this.#weightLeft -= weight;
    if (this.#end !== undefined || (this.#weightLeft >= 0 && this.#start === undefined)) return this.#inline.run(task, input);
    this.#waiting += 1;
    const placed = this.#placed.then(() => this.#place(task, input, weight));
    this.#placed = placed.catch(() => undefined); // told to whoever ran it
    return (await placed).output;
  }

  /** Sends the task to a worker, or does it here; resolves then, its output may still be to come. */
  async #place<Input, Output>(task: Task<Input, Output>, input: Input, weight: number): Promise<{ readonly output: Promise<Output> }> {
    this.#waiting -= 1;
    await this.#startSoon();
    if (weight > LONG_WEIGHT) await this.#up;
    await this.#inline.rest();
    const turns = weight > LONG_WEIGHT ? LONG_TURNS : 1;
    for (let turn = 0; turn < turns && !this.#hasRoom(weight); turn++) await eventLoopTurn(); // lets in answers, and other tasks
    if (this.#hasRoom(weight)) return { output: this.#send(task, input, weight) };
    const output = await this.#inline.run(task, input);
    return { output: Promise.resolve(output) };
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
    this.#up = this.#workers.run(readyTask, null).then(
      () => void (this.#areUp = true),
      () => undefined, // workers that never come up: this thread does it all
    );
  }

  #hasRoom(weight: number): boolean {
    if (!this.#areUp || this.#end !== undefined || this.#running >= this.#limit) return false;
    const { width } = this.#workers;
    const longTasks = this.#waiting > 0 ? 2 * width : width;
    return this.#limit === Infinity || this.#running < longTasks || this.#runningWeight + weight <= width * WEIGHT_PER_WORKER;
  }

  async #send<Input, Output>(task: Task<Input, Output>, input: Input, weight: number): Promise<Output> {
    this.#running += 1;
    this.#runningWeight += weight;
    try {
      return await this.#workers.run(task, input);
    } finally {
      this.#running -= 1;
      this.#runningWeight -= weight;
    }
  }
}
