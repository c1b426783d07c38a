import { laneOfRole, ourLanes, roundRatios, valuesOf } from '../../src/ops/bench/contest/contest-values.ts';
import type { BenchReport } from '../../src/ops/bench/contest/report.ts';
import type { ContestResult, LaneResult } from '../../src/ops/bench/contest/run-contest.ts';
import { median } from '../../src/ops/bench/contest/statistics.ts';
import { titleOf } from '../ops/index.ts';
import { medianGain, twinContest } from '../versus/print-report.ts';

/** One engine in one operation, as README shows it. Figures are NaN where they were not measured. */
export interface ReadmeRow {
  readonly title: string;
  readonly engine: string;
  readonly seconds: number;
  readonly ostreeSeconds: number;
  /** ostree's time over ours. */
  readonly gain: number;
  readonly floorShare: number;
  readonly peakBytes: number;
  readonly ext4Gain: number;
}

/** Corpora that stand in README, and what is added to the operation's title. */
const SHOWN: Readonly<Record<string, string>> = { mix: '', 'mix-132k': ', 132,000 files', huge: ', 8 files of 512 MiB', real: ', a real tree' };

function rowOf(report: BenchReport, contest: ContestResult, lane: LaneResult): ReadmeRow {
  const ostree = laneOfRole(contest, 'ostree');
  return {
    title: `${titleOf(contest.operation)}${SHOWN[contest.corpus] ?? ''}`,
    engine: lane.label,
    seconds: median(valuesOf(lane, 'wallSeconds')),
    ostreeSeconds: median(valuesOf(ostree, 'wallSeconds')),
    gain: median(roundRatios(ostree, lane)),
    floorShare: median(roundRatios(lane, laneOfRole(contest, 'floor'))),
    peakBytes: Math.max(...valuesOf(lane, 'peakBytes')),
    ext4Gain: medianGain(twinContest(report, contest, 'ext4'), lane.label),
  };
}

/** The rows of README's table and chart: what was measured against ostree on the report's own file system. */
export function readmeRows(report: BenchReport): ReadmeRow[] {
  return report.contests
    .filter(({ corpus, fileSystem }) => SHOWN[corpus] !== undefined && fileSystem === report.machine.fileSystem)
    .flatMap((contest) => ourLanes(contest).map((lane) => rowOf(report, contest, lane)))
    .filter(({ gain }) => Number.isFinite(gain));
}
