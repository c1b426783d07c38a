import { describe, expect, it } from 'vitest';
import { formatAcceptance, judgeAcceptance } from '../../../bench/acceptance/judge-acceptance.ts';
import { REQUIREMENTS, type Requirement } from '../../../bench/acceptance/thresholds.ts';
import { OPERATIONS } from '../../../bench/ops/index.ts';
import { CORPUS_NAMES } from '../../../bench/support/corpora.ts';
import { type BenchReport, REPORT_FORMAT } from '../../../src/ops/bench/contest/report.ts';
import type { ContestResult, LaneResult } from '../../../src/ops/bench/contest/run-contest.ts';

const MACHINE = { processor: 'x', cores: 2, memoryBytes: 1, kernel: '6', node: 'v20', fileSystem: 'tmpfs', ostree: '2022.7' };

function lane(label: string, role: LaneResult['role'], wallSeconds: number, more: Partial<LaneResult> = {}): LaneResult {
  const samples = [1, 2, 3].map(() => ({ wallSeconds, cpuSeconds: 1, peakBytes: 100e6 }));
  return { label, role, samples, outputBytes: 1000, failure: null, ...more };
}

function contest(corpus: string, ...lanes: readonly LaneResult[]): ContestResult {
  return { operation: 'commit:archive', corpus, fileSystem: 'tmpfs', lanes };
}

function reportOf(...contests: readonly ContestResult[]): BenchReport {
  const totals = (files: number) => ({ files, bytes: 1, directories: 1, symlinks: 0 });
  return { format: REPORT_FORMAT, machine: MACHINE, rounds: 3, threads: null, corpora: { few: totals(10), many: totals(1000) }, contests };
}

const ROW = { operation: 'commit:archive', corpus: 'few', engine: 'native' } as const;

function verdict(requirement: Requirement, report: BenchReport): string | undefined {
  return judgeAcceptance(report, [requirement])[0]?.verdict;
}

describe('the acceptance table', () => {
  const report = reportOf(
    contest('few', lane('native', 'coppice', 1), lane('ostree', 'ostree', 5), lane('floor', 'floor', 0.8), lane('git', 'git', 0.9)),
    contest('many', lane('native', 'coppice', 120)),
  );

  it.each<[Requirement, string]>([
    [{ ...ROW, kind: 'gain', against: 'ostree', least: 5 }, 'pass'],
    [{ ...ROW, kind: 'gain', against: 'ostree', least: 5.01 }, 'FAIL'],
    [{ ...ROW, kind: 'gain', against: 'git', least: 1 }, 'FAIL'],
    [{ ...ROW, kind: 'share', against: 'floor', most: 1.25 }, 'pass'],
    [{ ...ROW, kind: 'share', against: 'floor', most: 1.2 }, 'FAIL'],
    [{ ...ROW, kind: 'flat', corpus: 'many', smaller: 'few', most: 1.21 }, 'pass'],
    [{ ...ROW, kind: 'flat', corpus: 'many', smaller: 'few', most: 1.15 }, 'FAIL'],
    [{ ...ROW, kind: 'peak', mostMegabytes: 100 }, 'pass'],
    [{ ...ROW, kind: 'peak', mostMegabytes: 99 }, 'FAIL'],
    [{ ...ROW, kind: 'output' }, 'pass'],
    [{ ...ROW, kind: 'gain', against: 'ostree', least: 1, engine: 'wasm' }, 'not measured'],
    [{ ...ROW, kind: 'gain', against: 'ostree', least: 1, corpus: 'many' }, 'not measured'],
  ])('says of %j: %s', (requirement, expected) => {
    expect(verdict(requirement, report)).toBe(expected);
  });

  it('fails an archive that is larger by a byte', () => {
    const larger = reportOf(contest('few', lane('native', 'coppice', 1, { outputBytes: 1001 }), lane('ostree', 'ostree', 5)));
    expect(verdict({ ...ROW, kind: 'output' }, larger)).toBe('FAIL');
  });

  it('takes a lane that was thrown out for not measured', () => {
    const broken = reportOf(contest('few', lane('native', 'coppice', 1, { failure: 'wrong answer' }), lane('ostree', 'ostree', 5)));
    expect(verdict({ ...ROW, kind: 'gain', against: 'ostree', least: 1 }, broken)).toBe('not measured');
  });

  it('counts in its last line', () => {
    expect(formatAcceptance(judgeAcceptance(report, [{ ...ROW, kind: 'output' }, { ...ROW, kind: 'peak', mostMegabytes: 1 }]))).toMatch(/\n1 passed, 1 failed, 0 not measured$/);
  });

  it('promises only what the bench can measure', () => {
    for (const { operation, corpus } of REQUIREMENTS) {
      expect(OPERATIONS.map(({ name }) => name)).toContain(operation);
      expect(CORPUS_NAMES).toContain(corpus);
    }
  });
});
