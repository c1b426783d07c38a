import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../../src/pool/flow.ts';

describe('Flow', () => {
  it('never has more in flight than its limit, and drains all', async () => {
    const flow = new Flow(3);
    let [running, most, done] = [0, 0, 0];
    for (let n = 0; n < 20; n++) {
      await flow.add(async () => {
        most = Math.max(most, ++running);
        await sleep(n % 4);
        running -= 1;
        done += 1;
      });
    }
    await flow.drain();
    expect({ most, done, running }).toEqual({ most: 3, done: 20, running: 0 });
  });

  it('throws the first failure from add and from drain, after everything has ended', async () => {
    const flow = new Flow(2);
    let ended = 0;
    await flow.add(async () => {
      await sleep(5);
      throw new Error('first');
    });
    await flow.add(async () => {
      await sleep(30);
      ended += 1;
      throw new Error('second');
    });
    await expect(flow.add(async () => {})).rejects.toThrow('first');
    await expect(flow.drain()).rejects.toThrow('first');
    expect([ended, flow.failed]).toEqual([1, true]);
  });
});
