import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from '../../../src/cli/ui/format-amount.ts';
import { ProgressWords } from '../../../src/cli/ui/progress-line.ts';
import { createProgressReporter } from '../../../src/cli/ui/progress-reporter.ts';
import { formatTable } from '../../../src/cli/ui/table.ts';

describe('amounts', () => {
  it.each([[0, '0 bytes'], [999, '999 bytes'], [1000, '1.0 kB'], [23_400_000, '23.4 MB'], [5e9, '5.0 GB'], [7e15, '7000.0 TB']])(
    'writes %d bytes as %s',
    (bytes, words) => {
      expect(formatBytes(bytes)).toBe(words);
    },
  );

  it.each([[0.2, '1 s'], [45, '45 s'], [200, '3 min 20 s'], [7500, '2 h 5 min']])('writes %d seconds as %s', (seconds, words) => {
    expect(formatDuration(seconds)).toBe(words);
  });
});

describe('ProgressWords', () => {
  it('tells no speed and no time left before it knows them', () => {
    const words = new ProgressWords();
    expect(words.describe({ phase: 'commit', filesDone: 0, bytesDone: 0 }, 0)).toBe('commit: 0 files');
    expect(words.describe({ phase: 'commit', filesDone: 9, bytesDone: 500, filesTotal: 90 }, 500)).toBe('commit: 9 of 90 files, 500 bytes');
  });

  it('tells the time left by the slower of files and bytes', () => {
    const words = new ProgressWords();
    words.describe({ phase: 'commit', filesDone: 0, bytesDone: 0 }, 0);
    const later = { phase: 'commit', filesDone: 100, filesTotal: 200, bytesDone: 1000, bytesTotal: 4000 };
    expect(words.describe(later, 2000)).toBe('commit: 100 of 200 files, 1.0 kB of 4.0 kB, 500 bytes/s, about 6 s left');
  });

  it('forgets the speed of the phase before', () => {
    const words = new ProgressWords();
    words.describe({ phase: 'scan', filesDone: 0, bytesDone: 0 }, 0);
    words.describe({ phase: 'scan', filesDone: 100, bytesDone: 0 }, 2000);
    expect(words.describe({ phase: 'write', filesDone: 0, bytesDone: 0 }, 2100)).toBe('write: 0 files');
  });
});

/** What is told of three steps 60 ms apart. */
function run(mode: 'auto' | 'plain' | 'json' | 'none', terminal: boolean): string[] {
  const told: string[] = [];
  const clock = { now: 0 };
  const reporter = createProgressReporter({
    mode,
    terminal,
    warn: (line) => told.push(`line ${line}`),
    status: (line) => told.push(`status ${line}`),
    now: () => clock.now,
  });
  for (const files of [1, 2, 3]) {
    clock.now += 60;
    reporter.sink?.({ phase: 'p', filesDone: files, bytesDone: 0 });
  }
  reporter.finish();
  return told;
}

describe('createProgressReporter', () => {
  it('draws on a terminal, not more often than a reader can see, and cleans up', () => {
    expect(run('auto', true)).toEqual(['status p: 2 files', 'status ']);
  });

  it('is silent without a terminal, or when told to be', () => {
    expect(run('auto', false)).toEqual([]);
    expect(run('none', true)).toEqual([]);
  });

  it('ends JSON with the last state', () => {
    expect(run('json', true)).toEqual(['line {"phase":"p","filesDone":3,"bytesDone":0,"done":true}']);
  });
});

describe('formatTable', () => {
  it('lines columns up without blanks at the end', () => {
    expect(formatTable([['a', '1', 'x'], ['long', '20', '']], ['left', 'right'])).toBe('a      1  x\nlong  20\n');
  });
});
