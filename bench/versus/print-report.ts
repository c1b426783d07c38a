import { medianInterval, median } from '../support/statistics.ts';
import { formatMegabytes, formatRatio, formatSeconds, formatTable } from '../support/table.ts';
import { OPERATIONS } from '../ops/index.ts';
import type { Comparison } from './compare-reports.ts';
import type { BenchReport } from './report.ts';
import type { ContestResult, LaneResult } from './run-contest.ts';

const HEADINGS = ['operation', 'corpus', 'engine', 'ours', 'ostree', 'floor', 'ostree/ours', '95 %', 'ours/floor', 'cpu', 'peak', 'peak ostree'];
const LEFT_COLUMNS = 3;

function values(lane: LaneResult | undefined, of: 'wallSeconds' | 'cpuSeconds' | 'peakBytes'): number[] {
  return lane === undefined || lane.failure !== null ? [] : lane.samples.map((sample) => sample[of]);
}

function ratios(over: readonly number[], under: readonly number[]): number[] {
  return over.length === under.length ? over.map((value, i) => value / (under[i] ?? Number.NaN)) : [];
}

function formatInterval(all: readonly number[]): string {
  if (all.length < 2) return '';
  const { low, high } = medianInterval(all);
  return Number.isFinite(low) ? `${low.toPrecision(3)}–${high.toPrecision(3)}` : '';
}

function rowOf({ operation, corpus, lanes }: ContestResult, lane: LaneResult): string[] {
  const [ostree, floor] = [lanes.find(({ role }) => role === 'ostree'), lanes.find(({ role }) => role === 'floor')];
  const [ours, theirs, least] = [lane, ostree, floor].map((one) => values(one, 'wallSeconds')) as [number[], number[], number[]];
  const gain = ratios(theirs, ours);
  return [
    OPERATIONS.find(({ name }) => name === operation)?.title ?? operation,
    corpus,
    lane.label,
    ...[ours, theirs, least].map((times) => formatSeconds(median(times))),
    formatRatio(median(gain)),
    formatInterval(gain),
    formatRatio(median(ratios(ours, least))),
    formatSeconds(median(values(lane, 'cpuSeconds'))),
    formatMegabytes(Math.max(...values(lane, 'peakBytes'))),
    formatMegabytes(Math.max(...values(ostree, 'peakBytes'))),
  ];
}

function rowsOf(contest: ContestResult): string[][] {
  return contest.lanes.filter(({ role, failure }) => role === 'coppice' && failure === null).map((lane) => rowOf(contest, lane));
}

/** The one table: medians over the rounds, ratios as medians of the rounds' own ratios, the highest peak memory. */
export function formatReport(report: BenchReport): string {
  return formatTable([HEADINGS, ...report.contests.flatMap(rowsOf)], LEFT_COLUMNS);
}

/** A line for everybody who was thrown out. */
export function formatFailures(report: BenchReport): string[] {
  return report.contests.flatMap(({ operation, corpus, lanes }) =>
    lanes.filter(({ failure }) => failure !== null).map(({ label, failure }) => `FAILED ${operation} on ${corpus}, ${label}: ${failure ?? ''}`),
  );
}

/** Repositories of ours that are larger than ostree's: archive commits have to be no larger. */
export function formatOversize(report: BenchReport): string[] {
  return report.contests.flatMap(({ operation, corpus, lanes }) => {
    const limit = lanes.find(({ role }) => role === 'ostree')?.outputBytes ?? Number.POSITIVE_INFINITY;
    const larger = lanes.filter(({ role, outputBytes }) => role === 'coppice' && outputBytes !== null && outputBytes > limit);
    return larger.map(({ label, outputBytes }) => `LARGER ${operation} on ${corpus}, ${label}: ${outputBytes ?? 0} bytes of objects, ostree ${limit}`);
  });
}

const COMPARISON_HEADINGS = ['operation', 'corpus', 'engine', 'against', 'base', 'now', 'change', 'p', ''];

function comparisonRow(row: Comparison): string[] {
  const change = (row.newMedian / row.baseMedian - 1) * 100;
  return [
    row.operation,
    row.corpus,
    row.engine,
    row.reference,
    row.baseMedian.toPrecision(3),
    row.newMedian.toPrecision(3),
    `${change > 0 ? '+' : ''}${change.toFixed(1)} %`,
    row.probability.toFixed(3),
    row.verdict,
  ];
}

export function formatComparisons(rows: readonly Comparison[]): string {
  return formatTable([COMPARISON_HEADINGS, ...rows.map(comparisonRow)], LEFT_COLUMNS + 1);
}
