import { type Comparison } from '../../src/ops/bench/contest/compare-reports.ts';
import { laneOfRole, ourLanes, roundRatios, valuesOf } from '../../src/ops/bench/contest/contest-values.ts';
import type { BenchReport } from '../../src/ops/bench/contest/report.ts';
import type { ContestResult, LaneResult } from '../../src/ops/bench/contest/run-contest.ts';
import { median, medianInterval } from '../../src/ops/bench/contest/statistics.ts';
import { formatTable } from '../../src/cli/ui/table.ts';
import { formatMegabytes, formatRatio, formatSeconds } from '../support/figures.ts';
import { titleOf } from '../ops/index.ts';

const HEADINGS = ['operation', 'corpus', 'engine', 'ours', 'ostree', 'floor', 'ostree/ours', '95 %', 'ours/floor', 'cpu', 'peak', 'peak ostree'];
const LEFT_COLUMNS = 3;

function layOut(rows: readonly (readonly string[])[], leftColumns: number): string {
  const columns = rows[0]?.length ?? 0;
  return formatTable(rows, Array.from({ length: columns }, (_, column) => (column < leftColumns ? 'left' : 'right'))).trimEnd();
}

function formatInterval(all: readonly number[]): string {
  if (all.length < 2) return '';
  const { low, high } = medianInterval(all);
  return Number.isFinite(low) ? `${low.toPrecision(3)}–${high.toPrecision(3)}` : '';
}

/** Other file systems than the first one are columns of its rows. */
function otherFileSystems({ machine, contests }: BenchReport): string[] {
  return [...new Set(contests.map(({ fileSystem }) => fileSystem))].filter((fileSystem) => fileSystem !== machine.fileSystem);
}

/** The same row on another file system. */
export function twinContest({ contests }: BenchReport, { operation, corpus }: ContestResult, fileSystem: string): ContestResult | undefined {
  return contests.find((contest) => contest.operation === operation && contest.corpus === corpus && contest.fileSystem === fileSystem);
}

/** Our gain over ostree in a contest, as the median of its rounds. */
export function medianGain(contest: ContestResult | undefined, label: string): number {
  if (contest === undefined) return Number.NaN;
  return median(roundRatios(laneOfRole(contest, 'ostree'), ourLanes(contest).find((lane) => lane.label === label)));
}

function rowOf(report: BenchReport, contest: ContestResult, lane: LaneResult): string[] {
  const [ostree, floor] = [laneOfRole(contest, 'ostree'), laneOfRole(contest, 'floor')];
  const gain = roundRatios(ostree, lane);
  return [
    titleOf(contest.operation),
    contest.corpus,
    lane.label,
    ...[lane, ostree, floor].map((one) => formatSeconds(median(valuesOf(one, 'wallSeconds')))),
    formatRatio(median(gain)),
    formatInterval(gain),
    formatRatio(median(roundRatios(lane, floor))),
    formatSeconds(median(valuesOf(lane, 'cpuSeconds'))),
    formatMegabytes(Math.max(...valuesOf(lane, 'peakBytes'))),
    formatMegabytes(Math.max(...valuesOf(ostree, 'peakBytes'))),
    ...otherFileSystems(report).map((fileSystem) => formatRatio(medianGain(twinContest(report, contest, fileSystem), lane.label))),
  ];
}

/**
 * The one table: medians over the rounds, ratios as medians of the rounds' own ratios, the highest peak memory.
 * Every other file system that was measured too is a column with the ratio to ostree there.
 */
export function formatReport(report: BenchReport): string {
  const rows = report.contests
    .filter(({ fileSystem }) => fileSystem === report.machine.fileSystem)
    .flatMap((contest) => ourLanes(contest).map((lane) => rowOf(report, contest, lane)));
  return layOut([[...HEADINGS, ...otherFileSystems(report).map((fileSystem) => `on ${fileSystem}`)], ...rows], LEFT_COLUMNS);
}

/** What git needed for the same tree, where it took part. */
export function formatGit(report: BenchReport): string[] {
  return report.contests.flatMap((contest) => {
    const git = laneOfRole(contest, 'git');
    if (git === undefined || git.failure !== null) return [];
    const ours = ourLanes(contest).map((lane) => `${lane.label} ${formatRatio(median(roundRatios(git, lane)))}`);
    const seconds = formatSeconds(median(valuesOf(git, 'wallSeconds')));
    return [`git add -A in place of ${contest.operation} on ${contest.corpus}, ${contest.fileSystem}: ${seconds}; git/ours: ${ours.join(', ')}`];
  });
}

/** A line for everybody who was thrown out. */
export function formatFailures(report: BenchReport): string[] {
  return report.contests.flatMap(({ operation, corpus, fileSystem, lanes }) =>
    lanes.filter(({ failure }) => failure !== null).map(({ label, failure }) => `FAILED ${operation} on ${corpus}, ${fileSystem}, ${label}: ${failure ?? ''}`),
  );
}

/** Repositories of ours that are larger than ostree's: archive commits have to be no larger. */
export function formatOversize(report: BenchReport): string[] {
  return report.contests.flatMap((contest) => {
    const limit = laneOfRole(contest, 'ostree')?.outputBytes ?? Number.POSITIVE_INFINITY;
    const larger = ourLanes(contest).filter(({ outputBytes }) => outputBytes !== null && outputBytes > limit);
    return larger.map(({ label, outputBytes }) => `LARGER ${contest.operation} on ${contest.corpus}, ${label}: ${outputBytes ?? 0} bytes of objects, ostree ${limit}`);
  });
}

const COMPARISON_HEADINGS = ['operation', 'corpus', 'engine', 'on', 'against', 'base', 'now', 'change', 'p', ''];

function comparisonRow(row: Comparison): string[] {
  const change = (row.newMedian / row.baseMedian - 1) * 100;
  return [
    row.operation,
    row.corpus,
    row.engine,
    row.fileSystem,
    row.reference,
    row.baseMedian.toPrecision(3),
    row.newMedian.toPrecision(3),
    `${change > 0 ? '+' : ''}${change.toFixed(1)} %`,
    row.probability.toFixed(3),
    row.verdict,
  ];
}

export function formatComparisons(rows: readonly Comparison[]): string {
  return layOut([COMPARISON_HEADINGS, ...rows.map(comparisonRow)], LEFT_COLUMNS + 2);
}
