import { describe, expect, it } from 'vitest';
import { AMPLE_MEMORY } from '../../../src/base/memory-budget.ts';
import { Breather } from '../../../src/pool/breather.ts';
import { EventLoopTurns } from '../../../src/pool/event-loop-turns.ts';
import { HeapKeeper } from '../../../src/pool/heap-keeper.ts';

const MEBIBYTE = 1024 * 1024;

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Whether the event loop turned while the promise was awaited. */
async function turnedDuring(wait: () => Promise<void>): Promise<boolean> {
  let turned = false;
  setImmediate(() => (turned = true));
  await wait();
  return turned;
}

describe('a breath', () => {
  it('lets the event loop turn after some work, and costs nothing before', async () => {
    const breather = new Breather();
    expect(await turnedDuring(() => breather.breathe())).toBe(false);
    work(20);
    expect(await turnedDuring(() => breather.breathe())).toBe(true);
  });

  it('waits until the processor time asked for allows more work', async () => {
    const breather = new Breather({ cpuPercent: 25 });
    work(100);
    await breather.breathe();
    const { user, system } = process.cpuUsage();
    expect((user + system) / 1000 / performance.now()).toBeLessThan(0.3);
  });

  it('of a worker comes with every so many tasks', async () => {
    const turns = new EventLoopTurns(3);
    const turned = [];
    for (let task = 0; task < 6; task++) turned.push(await turnedDuring(() => turns.take()));
    expect([turned[2], turned[5]]).toEqual([true, true]);
  });
});

describe('the heap keeper', () => {
  it.each([
    ['more', MEBIBYTE, true],
    ['less', 64 * MEBIBYTE, false],
  ])('collects what is dead when there is %s than the budget allows', async (_, garbageBytes, collected) => {
    const keeper = new HeapKeeper({ ...AMPLE_MEMORY, garbageBytes });
    keeper.check(); // the first look measures what is there
    const dead = new WeakRef({ dead: true });
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef keeps its target until then
    const growth = Array.from({ length: 24 }, () => Buffer.alloc(MEBIBYTE));
    keeper.check();
    expect([growth.length, dead.deref() === undefined]).toEqual([24, collected]);
  });
});
