import { leastProbability, median, probabilityNotGreater } from './statistics.ts';
import type { BenchReport } from './report.ts';
import type { ContestResult, LaneResult } from './run-contest.ts';

/** A row of the table in two reports. Values are our time over the reference's time, so greater is worse. */
export interface Comparison {
  readonly operation: string;
  readonly corpus: string;
  readonly fileSystem: string;
  readonly engine: string;
  /** What our time is divided by: ostree or the floor in the same round, or plain seconds. */
  readonly reference: 'ostree' | 'floor' | 'seconds';
  readonly baseMedian: number;
  readonly newMedian: number;
  /** How likely the new values are if the truth is no worse than the tolerance allows. */
  readonly probability: number;
  /** `unsure`: the median is worse than the tolerance allows, but chance may explain it. */
  readonly verdict: 'same' | 'slower' | 'unsure' | 'faster' | 'too few rounds';
}

/** A row counts as slower only when chance explains it in less than one of a hundred runs. */
const SIGNIFICANT = 0.01;

function secondsOf(lane: LaneResult | undefined): number[] {
  return lane === undefined || lane.failure !== null ? [] : lane.samples.map(({ wallSeconds }) => wallSeconds);
}

function laneOf(contest: ContestResult, label: string): LaneResult | undefined {
  return contest.lanes.find((lane) => lane.label === label);
}

/** Divides round by round: what disturbed the machine in a round disturbed both. */
function ratios(ours: readonly number[], reference: readonly number[]): number[] {
  return ours.map((seconds, round) => seconds / (reference[round] ?? Number.NaN));
}

type Valuation = readonly [reference: Comparison['reference'], base: number[], now: number[]];

function valueLane(base: ContestResult, now: ContestResult, label: string): Valuation {
  const [ourBase, ourNow] = [secondsOf(laneOf(base, label)), secondsOf(laneOf(now, label))];
  for (const reference of ['ostree', 'floor'] as const) {
    const [theirBase, theirNow] = [secondsOf(laneOf(base, reference)), secondsOf(laneOf(now, reference))];
    const isComplete = theirBase.length === ourBase.length && theirNow.length === ourNow.length;
    if (isComplete && label !== reference) return [reference, ratios(ourBase, theirBase), ratios(ourNow, theirNow)];
  }
  return ['seconds', ourBase, ourNow];
}

function scaled(values: readonly number[], by: number): number[] {
  return values.map((value) => value * by);
}

function judge(base: readonly number[], now: readonly number[], allowed: number): Pick<Comparison, 'probability' | 'verdict'> {
  const probability = probabilityNotGreater(now, scaled(base, allowed));
  if (leastProbability(base.length, now.length) >= SIGNIFICANT) return { probability, verdict: 'too few rounds' };
  if (probability < SIGNIFICANT) return { probability, verdict: 'slower' };
  if (median(now) > median(base) * allowed) return { probability, verdict: 'unsure' };
  const isFaster = probabilityNotGreater(base, scaled(now, allowed)) < SIGNIFICANT;
  return { probability, verdict: isFaster ? 'faster' : 'same' };
}

function compareLane(base: ContestResult, now: ContestResult, engine: string, allowed: number): Comparison {
  const [reference, baseValues, nowValues] = valueLane(base, now, engine);
  const { operation, corpus, fileSystem } = now;
  return { operation, corpus, fileSystem, engine, reference, baseMedian: median(baseValues), newMedian: median(nowValues), ...judge(baseValues, nowValues, allowed) };
}

/** Compares the engines that were measured in both contests, which are of one operation and corpus. */
export function compareContests(base: ContestResult, now: ContestResult, tolerancePercent: number): Comparison[] {
  const engines = now.lanes.filter((lane) => lane.role === 'coppice' && secondsOf(lane).length > 0 && secondsOf(laneOf(base, lane.label)).length > 0);
  return engines.map(({ label }) => compareLane(base, now, label, 1 + tolerancePercent / 100));
}

/** The base's contest of the same operation and corpus on the same kind of file system. */
export function findContest(report: BenchReport, { operation, corpus, fileSystem }: ContestResult): ContestResult | undefined {
  return report.contests.find((contest) => contest.operation === operation && contest.corpus === corpus && contest.fileSystem === fileSystem);
}

/**
 * Whether a contest, as it stands, is worth as many rounds again: a row looks worse than the base though chance may
 * explain it, or it is worse beyond doubt after the first `rounds` alone. What disturbed one lane for a minute looks
 * like a slowdown in every round of that minute, so that no row is called slower by its first rounds only.
 */
export function wantsMoreRounds(base: BenchReport, soFar: ContestResult, settings: { readonly tolerancePercent: number; readonly rounds: number }): boolean {
  const before = findContest(base, soFar);
  if (before === undefined) return false;
  const isFirstLook = soFar.lanes.every(({ samples }) => samples.length <= settings.rounds);
  const verdicts = compareContests(before, soFar, settings.tolerancePercent).map(({ verdict }) => verdict);
  return verdicts.some((verdict) => verdict === 'unsure' || (verdict === 'slower' && isFirstLook));
}

/**
 * Compares every row that both reports have: slower means worse by more than `tolerancePercent`, beyond doubt.
 *
 * One-sided rank test of the rounds' ratios, the base's being worsened by the tolerance.
 */
export function compareReports(base: BenchReport, now: BenchReport, tolerancePercent: number): Comparison[] {
  return now.contests.flatMap((contest) => {
    const before = findContest(base, contest);
    return before === undefined ? [] : compareContests(before, contest, tolerancePercent);
  });
}
