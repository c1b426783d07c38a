import { defineConfig } from 'vitest/config';

const minutes = (count: number): number => count * 60_000;

/** Three groups, one after the other: quick tests, comparison with the real `ostree`, faults. Most of the time other programs run. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/compat/**', 'test/fault/**', 'test/fixtures/**'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: minutes(1),
          hookTimeout: minutes(1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'compat',
          include: ['test/compat/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: minutes(10),
          hookTimeout: minutes(10),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: minutes(30),
          hookTimeout: minutes(10),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
