import { describe, expect, it } from 'vitest';
import { compareReports, wantsMoreRounds } from '../../../../src/ops/bench/contest/compare-reports.ts';
import { type BenchReport, REPORT_FORMAT } from '../../../../src/ops/bench/contest/report.ts';
import type { ContestResult, LaneResult } from '../../../../src/ops/bench/contest/run-contest.ts';
import { MOST_REPEATS } from '../../../../src/ops/bench/contest/run-contest.ts';
import { Random } from '../../../../src/ops/bench/corpus/random.ts';

/**
 * A shared machine, as it was measured: whole rounds up to twice as slow for everybody, 3 % of noise for each run,
 * one run in twenty hit alone by half as much again, and for each program and bench run an offset of its own of 2 %
 * (placement of pages, clock of the processor), which more rounds cannot average away.
 */
class Machine {
  readonly #random: Random;
  readonly #offsets: Readonly<Record<'native' | 'ostree', number>>;

  constructor(random: Random) {
    this.#random = random;
    this.#offsets = { native: this.#spread(0.02), ostree: this.#spread(0.02) };
  }

  #spread(sigma: number): number {
    return Math.exp(sigma * this.#random.normal());
  }

  #run(program: 'native' | 'ostree', seconds: number): number {
    const hit = this.#random.chance(0.05) ? 1.5 : 1;
    return seconds * this.#offsets[program] * this.#spread(0.03) * hit;
  }

  /** One round: our seconds and ostree's. */
  round(slowdown: number): readonly [number, number] {
    const weather = 1 + this.#random.fraction();
    return [weather * this.#run('native', slowdown), weather * this.#run('ostree', 5)];
  }
}

function contestOf(rounds: readonly (readonly [number, number])[]): ContestResult {
  const lane = (label: string, role: LaneResult['role'], column: 0 | 1): LaneResult => ({
    label, role, outputBytes: null, failure: null,
    samples: rounds.map((round) => ({ wallSeconds: round[column], cpuSeconds: 1, peakBytes: 1 })),
  });
  return { operation: 'commit:bare', corpus: 'mix', fileSystem: 'tmpfs', lanes: [lane('native', 'coppice', 0), lane('ostree', 'ostree', 1)] };
}

function reportOf(contest: ContestResult, rounds: number): BenchReport {
  const machine = { processor: 'x', cores: 2, memoryBytes: 1, kernel: '6', node: 'v20', fileSystem: 'tmpfs', ostree: '2022.7' };
  return { format: REPORT_FORMAT, machine, rounds, threads: null, corpora: {}, contests: [contest] };
}

/** A whole guarded row as the bench runs it, more rounds included. */
function guardedRow(random: Random, slowdown: number, { baseRounds = 10, rounds = 5, tolerancePercent = 10 } = {}): string | undefined {
  const [before, after] = [new Machine(random), new Machine(random)];
  const base = reportOf(contestOf(Array.from({ length: baseRounds }, () => before.round(1))), baseRounds);
  const samples: (readonly [number, number])[] = [];
  for (let batch = 0; batch < MOST_REPEATS; batch++) {
    samples.push(...Array.from({ length: rounds }, () => after.round(slowdown)));
    if (!wantsMoreRounds(base, contestOf(samples), { tolerancePercent, rounds })) break;
  }
  return compareReports(base, reportOf(contestOf(samples), rounds), tolerancePercent)[0]?.verdict;
}

function shareSlower(seed: number, runs: number, slowdown: number, settings = {}): number {
  const random = new Random(seed);
  const verdicts = Array.from({ length: runs }, () => guardedRow(random, slowdown, settings));
  return verdicts.filter((verdict) => verdict === 'slower').length / runs;
}

describe('the guard on a machine with weather, hits and offsets', () => {
  it('hardly ever cries without a slowdown', () => {
    expect(shareSlower(7, 1000, 1)).toBeLessThan(0.005);
    expect(shareSlower(8, 1000, 1, { baseRounds: 20, rounds: 10 })).toBeLessThan(0.005);
  });

  it('seldom cries for half of what is tolerated', () => {
    expect(shareSlower(9, 1000, 1.05)).toBeLessThan(0.04);
  });

  it.each([
    [1.2, 10, 5, 10, 0.65],
    [1.2, 10, 10, 5, 0.9],
    [1.25, 10, 10, 10, 0.88],
    [1.3, 10, 5, 10, 0.92],
    [1.4, 5, 5, 10, 0.7],
  ] as const)('catches a slowdown of %f with a base of %i rounds, %i rounds, %i %% tolerance in %f of the runs', (slowdown, baseRounds, rounds, tolerancePercent, power) => {
    expect(shareSlower(10, 400, slowdown, { baseRounds, rounds, tolerancePercent })).toBeGreaterThan(power);
  });

  it('does not take the word of the first rounds alone', () => {
    const random = new Random(11);
    const base = reportOf(contestOf(Array.from({ length: 10 }, () => new Machine(random).round(1))), 10);
    const slow = contestOf(Array.from({ length: 5 }, () => new Machine(random).round(2)));
    const settings = { tolerancePercent: 10, rounds: 5 };
    expect(compareReports(base, reportOf(slow, 5), 10)[0]?.verdict).toBe('slower');
    expect(wantsMoreRounds(base, slow, settings)).toBe(true);
    const [ours, theirs] = slow.lanes;
    const twice = { ...slow, lanes: [ours, theirs].flatMap((lane) => (lane === undefined ? [] : [{ ...lane, samples: [...lane.samples, ...lane.samples] }])) };
    expect(wantsMoreRounds(base, twice, settings)).toBe(false);
  });
});
