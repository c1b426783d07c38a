import { laneOfRole, ourLanes, roundRatios, valuesOf } from '../../src/ops/bench/contest/contest-values.ts';
import type { BenchReport } from '../../src/ops/bench/contest/report.ts';
import type { ContestResult, LaneResult } from '../../src/ops/bench/contest/run-contest.ts';
import { median } from '../../src/ops/bench/contest/statistics.ts';
import { formatTable } from '../../src/cli/ui/table.ts';
import { titleOf } from '../ops/index.ts';
import { formatRatio } from '../support/figures.ts';
import type { Requirement } from './thresholds.ts';

export interface Judgement {
  readonly requirement: Requirement;
  /** In the requirement's own measure; NaN where it was not measured. */
  readonly value: number;
  readonly verdict: 'pass' | 'FAIL' | 'not measured';
}

/** A row of coppice in the contest that the requirement names, on the report's own file system. */
function find(report: BenchReport, operation: string, corpus: string, engine: string): readonly [ContestResult, LaneResult] | undefined {
  const contest = report.contests.find((one) => one.operation === operation && one.corpus === corpus && one.fileSystem === report.machine.fileSystem);
  const lane = contest === undefined ? undefined : ourLanes(contest).find(({ label }) => label === engine);
  return contest === undefined || lane === undefined ? undefined : [contest, lane];
}

function secondsPerFile(report: BenchReport, { operation, engine }: Requirement, corpus: string): number {
  const lane = find(report, operation, corpus, engine)?.[1];
  return median(valuesOf(lane, 'wallSeconds')) / (report.corpora[corpus]?.files ?? Number.NaN);
}

function measured(report: BenchReport, requirement: Requirement): number {
  const [contest, lane] = find(report, requirement.operation, requirement.corpus, requirement.engine) ?? [];
  if (contest === undefined || lane === undefined) return Number.NaN;
  switch (requirement.kind) {
    case 'gain':
      return median(roundRatios(laneOfRole(contest, requirement.against), lane));
    case 'share':
      return median(roundRatios(lane, laneOfRole(contest, requirement.against)));
    case 'flat':
      return secondsPerFile(report, requirement, requirement.corpus) / secondsPerFile(report, requirement, requirement.smaller);
    case 'peak':
      return Math.max(...valuesOf(lane, 'peakBytes')) / 1e6;
    case 'output':
      break;
  }
  return (lane.outputBytes ?? Number.NaN) / (laneOfRole(contest, 'ostree')?.outputBytes ?? Number.NaN);
}

function isMet(requirement: Requirement, value: number): boolean {
  switch (requirement.kind) {
    case 'gain':
      return value >= requirement.least;
    case 'share':
    case 'flat':
      return value <= requirement.most;
    case 'peak':
      return value <= requirement.mostMegabytes;
    case 'output':
      break;
  }
  return value <= 1;
}

/** Holds a report against the requirements, in their order. A row that was thrown out counts as not measured. */
export function judgeAcceptance(report: BenchReport, requirements: readonly Requirement[]): Judgement[] {
  return requirements.map((requirement) => {
    const value = measured(report, requirement);
    if (!Number.isFinite(value)) return { requirement, value, verdict: 'not measured' };
    return { requirement, value, verdict: isMet(requirement, value) ? 'pass' : 'FAIL' };
  });
}

function wordsOf(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'gain':
      return `at least ${requirement.least}× ${requirement.against}`;
    case 'share':
      return `at most ${requirement.most}× the ${requirement.against}'s time`;
    case 'flat':
      return `per file at most ${requirement.most}× ${requirement.smaller}`;
    case 'peak':
      return `at most ${requirement.mostMegabytes} MB`;
    case 'output':
      break;
  }
  return 'no more bytes than ostree';
}

function valueWords({ requirement, value, verdict }: Judgement): string {
  if (verdict === 'not measured') return '–';
  if (requirement.kind === 'peak') return `${value.toFixed(1)} MB`;
  return requirement.kind === 'output' ? `${value.toFixed(4)}×` : formatRatio(value);
}

/** One line a requirement, and a last one that counts. */
export function formatAcceptance(judgements: readonly Judgement[]): string {
  const rows = judgements.map((judgement) => {
    const { operation, corpus, engine } = judgement.requirement;
    return [titleOf(operation), corpus, engine, wordsOf(judgement.requirement), valueWords(judgement), judgement.verdict];
  });
  const count = (verdict: Judgement['verdict']): number => judgements.filter((one) => one.verdict === verdict).length;
  const table = formatTable([['operation', 'corpus', 'engine', 'promised', 'measured', ''], ...rows], ['left', 'left', 'left', 'left', 'right', 'left']);
  return `${table}\n${count('pass')} passed, ${count('FAIL')} failed, ${count('not measured')} not measured`;
}
