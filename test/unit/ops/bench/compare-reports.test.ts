import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../../src/ops/bench/contest/measure.ts';
import { Random } from '../../../../src/ops/bench/corpus/random.ts';
import { type Comparison, compareReports } from '../../../../src/ops/bench/contest/compare-reports.ts';
import { type BenchReport, REPORT_FORMAT, serializeReport } from '../../../../src/ops/bench/contest/report.ts';
import type { LaneResult } from '../../../../src/ops/bench/contest/run-contest.ts';

const MACHINE = { processor: 'x', cores: 2, memoryBytes: 1, kernel: '6', node: 'v20', fileSystem: 'tmpfs', ostree: '2022.7' };

function lane(label: string, role: LaneResult['role'], seconds: readonly number[], failure: string | null = null): LaneResult {
  const samples = seconds.map((wallSeconds): Sample => ({ wallSeconds, cpuSeconds: Number.NaN, peakBytes: 1 }));
  return { label, role, samples, outputBytes: null, failure };
}

function report(...lanes: readonly LaneResult[]): BenchReport {
  const contests = [{ operation: 'commit:bare', corpus: 'mix', fileSystem: 'tmpfs', lanes }];
  return { format: REPORT_FORMAT, machine: MACHINE, rounds: 5, threads: null, corpora: {}, contests };
}

/** A run on a noisy machine: rounds up to twice as slow for everybody, and 3 % of noise for each. */
function noisyReport(random: Random, slowdown: number, rounds = 5): BenchReport {
  const weather = Array.from({ length: rounds }, () => 1 + random.fraction());
  const inWeather = (seconds: number): number[] => weather.map((factor) => seconds * factor * Math.exp(0.03 * random.normal()));
  return report(lane('native', 'coppice', inWeather(slowdown)), lane('ostree', 'ostree', inWeather(5)), lane('floor', 'floor', inWeather(0.9)));
}

/** A report in which ostree always takes a second. */
function times(...ours: readonly number[]): BenchReport {
  return report(lane('native', 'coppice', ours), lane('ostree', 'ostree', [1, 1, 1, 1, 1]));
}

function verdictOf(base: BenchReport, now: BenchReport, tolerancePercent = 10): Comparison['verdict'] | undefined {
  return compareReports(base, now, tolerancePercent)[0]?.verdict;
}

describe('the guard', () => {
  it('catches a slowdown of 30 % on a machine whose speed varies by half', () => {
    const random = new Random(1);
    const base = noisyReport(random, 1);
    const verdicts = Array.from({ length: 10 }, () => verdictOf(base, noisyReport(random, 1.3)));
    expect(verdicts).toEqual(Array.from({ length: 10 }, () => 'slower'));
  });

  it('does not cry on two hundred runs without one', () => {
    const random = new Random(2);
    const verdicts = Array.from({ length: 200 }, () => verdictOf(noisyReport(random, 1), noisyReport(random, 1)));
    expect(verdicts).not.toContain('slower');
    expect(verdicts.filter((verdict) => verdict === 'unsure').length).toBeLessThan(20);
  });

  it('is unsure, not sure, when one round out of five spoils the proof', () => {
    expect(verdictOf(times(1, 1.01, 1.02, 1.03, 2), times(1.3, 1.31, 1.32, 1.33, 1.34))).toBe('unsure');
    expect(verdictOf(times(1, 1.01, 1.02, 1.03, 1.04), times(1.3, 1.31, 1.32, 1.33, 1.34))).toBe('slower');
  });

  it('tells a gain', () => {
    const random = new Random(3);
    expect(verdictOf(noisyReport(random, 1), noisyReport(random, 0.6))).toBe('faster');
  });

  it('makes no judgement from too few rounds', () => {
    const random = new Random(4);
    expect(verdictOf(noisyReport(random, 1, 3), noisyReport(random, 2, 3))).toBe('too few rounds');
  });

  it('tolerates what it is told to tolerate', () => {
    const random = new Random(5);
    expect(verdictOf(noisyReport(random, 1), noisyReport(random, 1.3), 50)).toBe('same');
  });
});

describe('a comparison of two reports', () => {
  const ours = lane('native', 'coppice', [1, 1, 1, 1]);
  const ostree = lane('ostree', 'ostree', [4, 4, 4, 4]);
  const floor = lane('floor', 'floor', [2, 2, 2, 2]);

  it.each([
    ['ostree', [ours, ostree, floor], 0.25],
    ['floor', [ours, floor], 0.5],
    ['seconds', [ours], 1],
    ['floor', [ours, lane('ostree', 'ostree', [4], 'broke'), floor], 0.5],
  ] as const)('measures against %s where it can', (reference, lanes, expected) => {
    expect(compareReports(report(...lanes), report(...lanes), 10)).toMatchObject([{ engine: 'native', reference, baseMedian: expected, newMedian: expected }]);
  });

  it('leaves out rows that only one report has, and failed ones', () => {
    expect(compareReports(report(ostree), report(ours, ostree), 10)).toEqual([]);
    expect(compareReports(report(ours), report(lane('native', 'coppice', [1], 'broke')), 10)).toEqual([]);
  });

  it('finds null in the JSON where nothing was measured', () => {
    expect(serializeReport(report(ours))).toContain('"cpuSeconds": null');
  });
});
