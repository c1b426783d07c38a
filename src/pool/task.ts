import type { MemoryBudget } from '../base/memory-budget.ts';
import type { Engine } from '../engine/engine.ts';

/** What a task may use on whichever thread it runs. */
export interface TaskEnvironment {
  readonly engine: Engine;
}

/** A named piece of work that runs the same on a worker or inline; made by `defineTask`, listed in `worker.ts`. */
export interface Task<Input, Output> {
  readonly name: string;
  /** Synchronous: runs to its end on the calling thread. */
  readonly handler: (input: Input, environment: TaskEnvironment) => Output;
  /** Roughly how many bytes' worth of work the input is; light work is done without starting a thread. */
  readonly weigh: (input: Input) => number;
}

/** What one file costs besides its bytes, in bytes' worth of work (bench `commit`, tiny files). */
export const FILE_WEIGHT = 16 * 1024;

export function defineTask<Input, Output>(
  name: string,
  handler: (input: Input, environment: TaskEnvironment) => Output,
  weigh: (input: Input) => number = () => FILE_WEIGHT,
): Task<Input, Output> {
  return { name, handler, weigh };
}

/** Runs tasks, on worker threads or on this one. */
export interface Pool {
  /** How many tasks can run at once; 1 for the inline pool. */
  readonly width: number;
  /** How much operations may have in flight and remember. */
  readonly budget: MemoryBudget;
  /** Resolves to the task's output; rejects with the CoppiceError that the handler threw. */
  run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output>;
  /** Tells how much work, in bytes' worth, is known to come: where it is much, threads are made before they are needed. */
  expect(weight: number): void;
  /** To be awaited now and then by a walk that sends few tasks: lets events in, collects garbage, keeps the pace asked for. */
  rest(): Promise<void>;
  /** Waits for running tasks and stops the threads; a task that comes later is done on the calling one. */
  close(): Promise<void>;
}

/** Threads that can be made before there is work for them. */
export interface StartablePool extends Pick<Pool, 'width' | 'run' | 'close'> {
  /** Resolves when the threads are being made; they come up by themselves. */
  start(): Promise<void>;
}
