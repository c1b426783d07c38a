import type { Pool, Task } from './task.ts';

/** Two threads cost some 50 ms of processor time to start; work below this many bytes' worth takes no longer. */
const INLINE_BUDGET = 32 * 1024 * 1024;

/** Does the first little work on this thread and starts the threads only when more comes. */
export class AdaptivePool implements Pool {
  readonly width: number;
  readonly #inline: Pool;
  readonly #threads: Pool;
  #budget = INLINE_BUDGET;

  constructor(inline: Pool, threads: Pool) {
    this.width = threads.width;
    this.#inline = inline;
    this.#threads = threads;
  }

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    this.#budget -= task.weigh(input);
    return this.#budget >= 0 ? this.#inline.run(task, input) : this.#threads.run(task, input);
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }
}
