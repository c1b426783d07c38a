import { laneOfRole, median, ourLanes, roundRatios, valuesOf } from '../../ops/bench/index.ts';
import type { BenchOutcome, Comparison } from '../../ops/bench/index.ts';
import { formatTable } from './table.ts';

const ABSENT = '–';
/** A median of fewer rounds is easily moved by whatever else runs. */
const ENOUGH_ROUNDS = 3;

function figure(value: number, unit: string): string {
  if (!Number.isFinite(value)) return ABSENT;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit}`;
}

function megabytes(bytes: readonly number[]): string {
  const most = Math.max(...bytes);
  return Number.isFinite(most) ? `${Math.round(most / 1e6)} MB` : ABSENT;
}

/** One row an operation and engine; `native/1` is an engine with one thread, `native` has the usual number. */
function timesTable({ contests }: BenchOutcome): string {
  const rows = contests.flatMap((contest) => {
    const ostree = laneOfRole(contest, 'ostree');
    return ourLanes(contest).map((lane) => [
      contest.operation,
      lane.label,
      figure(median(valuesOf(lane, 'wallSeconds')), ' s'),
      figure(median(valuesOf(ostree, 'wallSeconds')), ' s'),
      figure(median(roundRatios(ostree, lane)), '×'),
      megabytes(valuesOf(lane, 'peakBytes')),
    ]);
  });
  return formatTable([['operation', 'engine', 'time', 'ostree', 'ostree/ours', 'peak'], ...rows], ['left', 'left', 'right', 'right', 'right', 'right']);
}

function failures({ contests, leftOut }: BenchOutcome): string {
  const broken = contests.flatMap(({ operation, lanes }) =>
    lanes.flatMap(({ label, failure }) => (failure === null ? [] : [`${label} was thrown out of ${operation}: ${failure}\n`])),
  );
  const fewest = Math.min(...contests.flatMap((contest) => ourLanes(contest).map(({ samples }) => samples.length)));
  const hasty = fewest < ENOUGH_ROUNDS ? ['Some rows rest on one or two rounds: this machine is slow or busy. More --seconds give surer advice.\n'] : [];
  return [...broken, ...hasty, ...leftOut.map((operation) => `There was no time for ${operation}.\n`)].join('');
}

const yesOrNo = (fact: boolean | null): string => (fact === null ? 'unknown' : fact ? 'yes' : 'no');

function machineLines({ machine, facts }: BenchOutcome): string {
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB`;
  const can = `hardlinks ${yesOrNo(facts.hardlinks)}, reflinks ${yesOrNo(facts.reflinks)}, O_TMPFILE ${yesOrNo(facts.unnamedFiles)}, xattrs ${yesOrNo(facts.xattrs)}`;
  return `${machine.processor}, ${machine.cores} cores, ${memory}, Linux ${machine.kernel}, node ${machine.node}, ostree ${machine.ostree}\n${facts.type}: ${can}\n`;
}

function comparisonTable(rows: readonly Comparison[]): string {
  if (rows.length === 0) return '';
  const cells = rows.map(({ operation, engine, reference, baseMedian, newMedian, verdict }) => {
    const change = (newMedian / baseMedian - 1) * 100;
    return [operation, engine, reference, baseMedian.toPrecision(3), newMedian.toPrecision(3), `${change > 0 ? '+' : ''}${change.toFixed(1)} %`, verdict];
  });
  return `\n${formatTable([['operation', 'engine', 'against', 'base', 'now', 'change', ''], ...cells], ['left', 'left', 'left', 'right', 'right', 'right', 'left'])}`;
}

/** What `coppice bench` prints: the machine, the times, the advice, and the comparison if there is one. */
export function benchPage(outcome: BenchOutcome): string {
  const advice = outcome.advice.map(({ sentence }) => `- ${sentence}\n`).join('');
  return `${machineLines(outcome)}\n${timesTable(outcome)}${failures(outcome)}\n${advice}${comparisonTable(outcome.comparisons)}`;
}
