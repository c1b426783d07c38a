import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { AdaptivePool } from '../../../src/pool/adaptive-pool.ts';
import { InlinePool } from '../../../src/pool/inline-pool.ts';
import { defineTask } from '../../../src/pool/task.ts';
import type { Pool, Task } from '../../../src/pool/task.ts';

class CountingPool implements Pool {
  readonly width = 4;
  runs = 0;
  closed = false;

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    this.runs += 1;
    return task.handler(input, { engine: {} as Engine }); // the task below uses no engine
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const echo = defineTask<number, number>('echo', (bytes) => bytes + 1, (bytes) => bytes);

describe('AdaptivePool', () => {
  it('does little work inline and hands the rest to the threads', async () => {
    const threads = new CountingPool();
    const pool = new AdaptivePool(new InlinePool({ engine: {} as Engine }), threads);
    expect([await pool.run(echo, 1000), threads.runs]).toEqual([1001, 0]);
    expect([await pool.run(echo, 100_000_000), threads.runs]).toEqual([100_000_001, 1]);
    expect([await pool.run(echo, 1), threads.runs]).toEqual([2, 2]);
  });

  it('is as wide as its threads and closes them', async () => {
    const threads = new CountingPool();
    const pool = new AdaptivePool(new InlinePool({ engine: {} as Engine }), threads);
    await pool.close();
    expect([pool.width, threads.closed]).toEqual([4, true]);
  });
});
