import type { Pool, Task, TaskEnvironment } from './task.ts';

/** Runs every task at once on the calling thread: `--threads=0`, small jobs and tests. */
export class InlinePool implements Pool {
  readonly width = 1;
  readonly #environment: TaskEnvironment;

  constructor(environment: TaskEnvironment) {
    this.#environment = environment;
  }

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    return task.handler(input, this.#environment);
  }

  async close(): Promise<void> {}
}
