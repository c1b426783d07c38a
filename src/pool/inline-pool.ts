import { AMPLE_MEMORY } from '../base/memory-budget.ts';
import type { MemoryBudget } from '../base/memory-budget.ts';
import { Breather } from './breather.ts';
import type { BreatherOptions } from './breather.ts';
import type { Pool, Task, TaskEnvironment } from './task.ts';

/** Runs every task on the calling thread, with a breath before it: `--threads=0`, small jobs and tests. */
export class InlinePool implements Pool {
  readonly width = 1;
  readonly budget: MemoryBudget;
  readonly #environment: TaskEnvironment;
  readonly #breather: Breather;

  constructor(environment: TaskEnvironment, options: BreatherOptions = {}) {
    this.budget = options.budget ?? AMPLE_MEMORY;
    this.#breather = new Breather(options);
    this.#environment = environment;
  }

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    await this.#breather.breathe();
    return task.handler(input, this.#environment);
  }

  expect(): void {}

  rest(): Promise<void> {
    return this.#breather.breathe();
  }

  async close(): Promise<void> {}
}
