import { getHeapStatistics } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeapKeeper } from '../../../src/pool/heap-keeper.ts';

const collect = vi.hoisted(() => vi.fn<() => void>());

vi.mock('node:v8', () => ({ getHeapStatistics: vi.fn<typeof getHeapStatistics>(), getHeapSpaceStatistics: () => [], setFlagsFromString: () => undefined }));
vi.mock('node:vm', () => ({ runInNewContext: () => collect }));

const GARBAGE_BYTES = 1000;

/** How often a keeper collects while it is told of so many bytes in turn. */
function collections(held: readonly number[]): number {
  const keeper = new HeapKeeper({ garbageBytes: GARBAGE_BYTES, youngMegabytes: 16 });
  for (const bytes of held) {
    vi.mocked(getHeapStatistics).mockReturnValue({ used_heap_size: bytes, external_memory: 0 } as ReturnType<typeof getHeapStatistics>);
    keeper.check();
  }
  return collect.mock.calls.length;
}

describe('what the heap keeper lets pile up', () => {
  beforeEach(() => {
    collect.mockReset();
    vi.spyOn(process, 'uptime').mockReturnValue(1); // it does not look at shorter runs
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is as much as the budget says', () => {
    expect(collections([500, 1499])).toBe(0);
    expect(collections([500, 1500])).toBe(1);
  });

  it('stays the same where a collection frees late what it found dead', () => {
    // as much is told right behind a collection as before it, less when the event loop has turned
    expect(collections([500, 1600, 500, 1600, 500, 1600])).toBe(3);
  });
});
