import { describe, expect, it } from 'vitest';
import { parseReport, REPORT_FORMAT, serializeReport } from '../../../../src/ops/bench/contest/report.ts';
import type { BenchReport } from '../../../../src/ops/bench/contest/report.ts';

const REPORT: BenchReport = {
  format: REPORT_FORMAT,
  machine: { processor: 'x', cores: 2, memoryBytes: 1, kernel: '6', node: 'v20', fileSystem: 'tmpfs', ostree: '2022.7' },
  rounds: 1,
  threads: null,
  corpora: { small: { files: 1, bytes: 2, directories: 3, symlinks: 4 } },
  contests: [
    {
      operation: 'commit:bare', corpus: 'small', fileSystem: 'tmpfs',
      lanes: [{ label: 'native', role: 'coppice', samples: [{ wallSeconds: 1, cpuSeconds: Number.NaN, peakBytes: 3 }], outputBytes: null, failure: null }],
    },
  ],
};

function changed(change: (report: Record<string, unknown>) => void): unknown {
  const value: Record<string, unknown> = JSON.parse(serializeReport(REPORT));
  change(value);
  return value;
}

describe('the JSON of a bench', () => {
  it('comes back as it was written', () => {
    expect(parseReport(JSON.parse(serializeReport(REPORT)))).toEqual(REPORT);
  });

  it.each<[string, (report: Record<string, unknown>) => void]>([
    ['its format is 1', (report) => (report['format'] = 1)],
    ['machine is no object', (report) => (report['machine'] = [])],
    ['contests is no list', (report) => (report['contests'] = {})],
    ['a contest is no object', (report) => (report['contests'] = [1])],
    ['"judge" is no role', (report) => (report['contests'] = [{ operation: 'a', corpus: 'b', fileSystem: 'c', lanes: [{ label: 'x', role: 'judge', samples: [] }] }])],
    ['a sample took no time', (report) => (report['contests'] = [{ operation: 'a', corpus: 'b', fileSystem: 'c', lanes: [{ label: 'x', role: 'git', samples: [{ wallSeconds: 0 }] }] }])],
  ])('is refused where %s', (message, change) => {
    expect(() => parseReport(changed(change))).toThrow(message);
  });
});
