import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

const minutes = (count: number): number => count * 60_000;

/** Files that take minutes though they are short: vitest, which goes by length, would begin them last and then wait for one. */
const LONG = /\/fault\/inject-|\/compat\/engines/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(({ moduleId }) => LONG.test(moduleId)), ...sorted.filter(({ moduleId }) => !LONG.test(moduleId))];
  }
}

/** Three groups, one after the other: quick tests, comparison with the real `ostree`, faults. Most of the time other programs run. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
