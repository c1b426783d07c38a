import { laneOfRole, ourLanes, roundRatios } from '../../src/ops/bench/contest/contest-values.ts';
import type { BenchReport } from '../../src/ops/bench/contest/report.ts';
import { median } from '../../src/ops/bench/contest/statistics.ts';
import { BenchError } from '../../src/ops/bench/bench-error.ts';
import { formatMegabytes, formatRatio, formatSeconds } from '../support/figures.ts';
import type { ReadmeRow } from './rows.ts';

export const BEGIN = '<!-- bench:begin -->';
export const END = '<!-- bench:end -->';

const HEADINGS = ['operation', 'engine', 'ours', 'ostree', 'ostree/ours', 'ours/floor', 'peak memory', 'ostree/ours on ext4'];
const LEFT_COLUMNS = 2;
/** Corpora whose size is told, and in which words. */
const NAMED: Readonly<Record<string, string>> = { mix: '', 'mix-132k': '', real: 'the real tree ' };

function cellsOf(row: ReadmeRow): string[] {
  return [
    row.title,
    row.engine,
    formatSeconds(row.seconds),
    formatSeconds(row.ostreeSeconds),
    `**${formatRatio(row.gain)}**`,
    formatRatio(row.floorShare),
    formatMegabytes(row.peakBytes),
    formatRatio(row.ext4Gain),
  ];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function gitSentence(report: BenchReport): string[] {
  return report.contests.flatMap((contest) => {
    const git = laneOfRole(contest, 'git');
    const [native] = ourLanes(contest).filter(({ label }) => label === 'native');
    if (git === undefined || git.failure !== null || native === undefined || contest.corpus !== 'mix' || contest.fileSystem !== report.machine.fileSystem) return [];
    return [`\`git add -A\` on the same unchanged tree takes ${formatRatio(median(roundRatios(git, native)))} the time of our re-commit.`];
  });
}

/** How many rounds the rows have: fewer where they are of an earlier run. */
function roundsOf({ contests }: BenchReport): string {
  const counts = contests.flatMap(({ lanes }) => lanes.filter(({ failure }) => failure === null).map(({ samples }) => samples.length));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

function conditions(report: BenchReport): string {
  const { machine, corpora } = report;
  const trees = Object.entries(corpora)
    .filter(([name]) => NAMED[name] !== undefined)
    .map(([name, { files, bytes }]) => `${NAMED[name]}${files} files, ${(bytes / 1e6).toFixed(0)} MB`);
  return `Medians of ${roundsOf(report)} interleaved rounds; ${[...trees, machine.fileSystem, `${machine.cores} cores (${machine.processor})`, `ostree ${machine.ostree}`, `node ${machine.node}`].join(', ')}.`;
}

/** What stands between the markers: the chart, the table, and under which conditions it was measured. */
export function readmeBlock(report: BenchReport, rows: readonly ReadmeRow[], chartPath: string): string {
  const columns = HEADINGS.map((_, column) => (column < LEFT_COLUMNS ? '---' : '--:'));
  const table = [HEADINGS, columns, ...rows.map(cellsOf)].map(line).join('\n');
  return `![ostree's time over ours, by operation and engine](${chartPath})\n\n${table}\n\n${[conditions(report), ...gitSentence(report)].join(' ')}`;
}

/** The README with a new block. BenchError when it has not both markers, each once and in order. */
export function replaceBlock(readme: string, block: string): string {
  const [head, rest, ...more] = readme.split(BEGIN);
  const [, tail, ...others] = rest?.split(END) ?? [];
  if (head === undefined || tail === undefined || more.length + others.length > 0) throw new BenchError(`README.md needs one line "${BEGIN}" and one line "${END}" below it`);
  return `${head}${BEGIN}\n\n${block}\n\n${END}${tail}`;
}
