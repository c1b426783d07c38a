import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { AdaptivePool } from '../../../src/pool/adaptive-pool.ts';
import { InlinePool } from '../../../src/pool/inline-pool.ts';
import { defineTask } from '../../../src/pool/task.ts';
import type { StartablePool, Task } from '../../../src/pool/task.ts';

const environment = { engine: {} as Engine }; // the tasks below use no engine

/** Workers that answer when they are told to. */
class HeldWorkers implements StartablePool {
  readonly width = 1;
  readonly names: string[] = [];
  closed = false;
  #waiting: (() => void)[] = [];

  async start(): Promise<void> {}

  async run<Input, Output>(task: Task<Input, Output>, input: Input): Promise<Output> {
    this.names.push(task.name);
    await new Promise<void>((answer) => this.#waiting.push(answer));
    return task.handler(input, environment);
  }

  answerAll(): void {
    for (const answer of this.#waiting.splice(0)) answer();
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const heavy = defineTask<number, number>('heavy', (value) => value + 1, () => 20_000_000);
const long = defineTask<number, number>('long', (value) => value + 1, () => 300_000_000);
const light = defineTask<number, number>('light', (value) => value + 1, () => 1000);

describe('AdaptivePool', () => {
  it('does little work inline and starts no thread for it', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    expect([await pool.run(light, 1), workers.names]).toEqual([2, []]);
  });

  it('goes on inline while the workers start, then fills them and takes the rest itself', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    expect([await pool.run(heavy, 1), workers.names]).toEqual([2, ['ready']]);
    workers.answerAll();
    await new Promise((resolve) => setImmediate(resolve));
    const sent = [1, 2, 3, 4, 5, 6].map((value) => pool.run(heavy, value));
    expect(await pool.run(heavy, 10)).toBe(11);
    expect(workers.names).toEqual(['ready', ...Array.from({ length: 6 }, () => 'heavy')]);
    workers.answerAll();
    expect(await Promise.all(sent)).toEqual([2, 3, 4, 5, 6, 7]);
    await pool.close();
    expect(workers.closed).toBe(true);
  });

  it('has long tasks wait for the workers, gives each two as long as there are others, and does those itself', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    const done: number[] = [];
    const running = [1, 2, 3, 4].map(async (value) => done.push(await pool.run(long, value)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([workers.names, done]).toEqual([['ready'], []]);
    workers.answerAll();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([workers.names, done]).toEqual([['ready', 'long', 'long'], [4, 5]]);
    workers.answerAll();
    await Promise.all(running);
    expect(done).toEqual([4, 5, 2, 3]);
    await pool.close();
  });

  it('gives a worker the next long task when it has done its own, though this thread was at work meanwhile', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    const meanwhile = defineTask<null, null>('meanwhile', () => { workers.answerAll(); return null; }, () => 300_000_000);
    const running = [pool.run(long, 1), pool.run(long, 2), pool.run(meanwhile, null), pool.run(long, 3)];
    await new Promise((resolve) => setTimeout(resolve, 20));
    workers.answerAll();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(workers.names).toEqual(['ready', 'long', 'long', 'long']);
    workers.answerAll();
    expect(await Promise.all(running)).toEqual([2, 3, null, 4]);
    await pool.close();
  });

  it('does long tasks itself where the workers do not come up', async () => {
    const workers = new HeldWorkers();
    workers.run = () => Promise.reject(new Error('no memory'));
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    expect(await Promise.all([pool.run(long, 1), pool.run(long, 2)])).toEqual([2, 3]);
    await pool.close();
  });

  it('goes on after a task that fails', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    const failing = defineTask<null, null>('failing', () => { throw new Error('no such file'); }, () => 20_000_000);
    const outcomes = await Promise.allSettled([pool.run(failing, null), pool.run(heavy, 1)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    workers.answerAll();
    await pool.close();
  });

  it('makes threads for work that is told of before it comes, where it is much', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    pool.expect(1000);
    expect([await pool.run(light, 1), workers.names]).toEqual([2, []]);
    pool.expect(100_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(workers.names).toEqual(['ready']);
    workers.answerAll();
    await new Promise((resolve) => setImmediate(resolve));
    const sent = pool.run(light, 2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(workers.names).toEqual(['ready', 'light']);
    workers.answerAll();
    expect(await sent).toBe(3);
    await pool.close();
  });

  it('leaves all work to the workers once they are up, where they alone are as many as wanted', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 1, inlineWeight: 16_000_000 });
    await pool.run(heavy, 1);
    workers.answerAll();
    await new Promise((resolve) => setImmediate(resolve));
    const sent = Array.from({ length: 9 }, (_, value) => pool.run(heavy, value));
    await new Promise((resolve) => setImmediate(resolve));
    expect(workers.names).toHaveLength(10);
    workers.answerAll();
    expect(await Promise.all(sent)).toHaveLength(9);
  });

  it('does here what comes after its end, be it little or much, and lets the workers answer what they have', async () => {
    const workers = new HeldWorkers();
    const pool = new AdaptivePool(new InlinePool(environment), workers, { threads: 2, inlineWeight: 16_000_000 });
    await pool.run(heavy, 1);
    workers.answerAll();
    await new Promise((resolve) => setImmediate(resolve));
    const sent = pool.run(heavy, 2);
    await new Promise((resolve) => setImmediate(resolve));
    const [end, again] = [pool.close(), pool.close()];
    pool.expect(100_000_000);
    expect([await pool.run(heavy, 3), await pool.run(light, 4), workers.names]).toEqual([4, 5, ['ready', 'heavy']]);
    workers.answerAll();
    expect([await sent, await end, await again, workers.closed]).toEqual([3, undefined, undefined, true]);
  });

  it('is as wide as all its threads together', () => {
    expect(new AdaptivePool(new InlinePool(environment), new HeldWorkers(), { threads: 4, inlineWeight: 16_000_000 }).width).toBe(4);
  });
});
