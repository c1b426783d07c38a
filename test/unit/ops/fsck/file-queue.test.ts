import { describe, expect, it } from 'vitest';
import { BATCH_FILES, FileQueue } from '../../../../src/ops/fsck/file-queue.ts';

const checksum = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

describe('FileQueue', () => {
  it('gives full batches, then the rest, then nothing', async () => {
    const queue = new FileQueue();
    for (let i = 0; i < BATCH_FILES * 2 + 3; i++) queue.push(checksum(i & 0xff));
    queue.close();
    const sizes: number[] = [];
    for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) sizes.push(batch.length / 32);
    expect(sizes).toEqual([BATCH_FILES, BATCH_FILES, 3]);
    expect(queue.pushed).toBe(BATCH_FILES * 2 + 3);
  });

  it('lets a taker wait for what is pushed later', async () => {
    const queue = new FileQueue();
    const taken = queue.take();
    queue.push(checksum(7));
    queue.close();
    expect(await taken).toEqual(checksum(7));
    expect(await queue.take()).toBeUndefined();
  });

  it('ends a waiting taker when it closes empty', async () => {
    const queue = new FileQueue();
    const taken = queue.take();
    queue.close();
    expect(await taken).toBeUndefined();
  });

  it('makes the pusher wait while too much is waiting, unless nobody takes it any more', async () => {
    const queue = new FileQueue();
    for (let i = 0; i < BATCH_FILES * 66; i++) queue.push(checksum(1));
    let hasRoom = false;
    const room = queue.room().then(() => (hasRoom = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasRoom).toBe(false);
    for (let taken = 0; taken < 2; taken++) await queue.take();
    await room;
    for (let i = 0; i < BATCH_FILES * 66; i++) queue.push(checksum(2));
    const dropped = queue.room();
    queue.abandon();
    await dropped;
    queue.push(checksum(3));
    await queue.room();
  });
});
