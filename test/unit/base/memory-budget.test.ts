import { describe, expect, it } from 'vitest';
import { AMPLE_MEMORY, memoryBudget } from '../../../src/base/memory-budget.ts';
import type { MemoryBudget } from '../../../src/base/memory-budget.ts';

const MEBIBYTE = 1024 * 1024;
const SIZES = [1, 48, 56, 64, 96, 128, 192, 256, 512, 1024, 4096].map((megabytes) => megabytes * MEBIBYTE);

function numbersOf(budget: MemoryBudget): number[] {
  return Object.values(budget).map(Number);
}

/** What batches in flight, buffers and memories of one run may hold, in bytes. */
function heldBytes(budget: MemoryBudget, threads: number): number {
  const workers = Math.max(threads, 1);
  const perFile = 1024; // names, numbers and objects that stand for a file
  const batches = budget.batchFiles * perFile * budget.batchesPerThread * workers;
  const buffers = 3 * budget.wholeFileBytes * workers; // content, compressed content, air
  return batches + buffers + budget.scriptGarbageBytes + budget.checksums * 48;
}

describe('the memory budget', () => {
  it.each([0, 1, 2, 4, 16])('gives more of everything, or the same, for more memory, with %i threads', (threads) => {
    const budgets = SIZES.map((bytes) => numbersOf(memoryBudget(bytes, threads)));
    for (const [index, budget] of budgets.entries()) {
      const before = budgets[index - 1] ?? budget.map(() => 0);
      for (const [field, value] of budget.entries()) expect(value).toBeGreaterThanOrEqual(before[field] ?? 0);
    }
  });

  it.each([[64, 0], [96, 1], [128, 2], [256, 4]] as const)('of %i MB with %i threads fits beside node', (megabytes, threads) => {
    expect(heldBytes(memoryBudget(megabytes * MEBIBYTE, threads), threads)).toBeLessThan((megabytes - 40) * MEBIBYTE);
  });

  it('gives each of many threads less', () => {
    const [one, eight] = [memoryBudget(256 * MEBIBYTE, 1), memoryBudget(256 * MEBIBYTE, 8)];
    expect(eight.wholeFileBytes).toBeLessThan(one.wholeFileBytes);
    expect(eight.batchFiles).toBeLessThanOrEqual(one.batchFiles);
  });

  it('is bounded where nobody bounds it', () => {
    expect(memoryBudget(2 ** 50)).toEqual(AMPLE_MEMORY);
  });
});
