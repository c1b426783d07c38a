/**
 * The bench of whole processes: `npm run bench`. Prints one table; README.md of this folder says how to read it.
 *
 * The launcher (scripts/bench.mjs) gives the project's directory as the first word.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from './support/bench-error.ts';
import { buildFloor } from './support/floor-program.ts';
import { describeMachine } from './support/machine.ts';
import { afterSync, chooseMeasure, type Measure } from './support/measure.ts';
import { outputOf, succeeds } from './support/run-program.ts';
import type { TreeTotals } from './support/write-corpus.ts';
import { chooseOperations, OPERATIONS } from './ops/index.ts';
import { commitWords, freshRepository } from './ops/repository.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { compareContests, compareReports, findContest } from './versus/compare-reports.ts';
import { type Contender, coppiceContender, floorContender, ostreeContender } from './versus/contender.ts';
import { type LoadedCorpus, loadCorpus, unloadCorpus } from './versus/load-corpus.ts';
import { formatComparisons, formatFailures, formatOversize, formatReport } from './versus/print-report.ts';
import { type BenchReport, readReport, REPORT_FORMAT, serializeReport } from './versus/report.ts';
import { type ContestResult, runContest } from './versus/run-contest.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

interface Setting {
  readonly options: BenchOptions;
  readonly room: string;
  readonly contenders: readonly Contender[];
  readonly measure: Measure;
  readonly base: BenchReport | undefined;
}

/** Whether the engine commits an empty directory; the reason why not is said. */
async function canRun(contender: Contender, room: string): Promise<boolean> {
  const [repository, tree] = [join(room, 'probe'), join(room, 'probe-tree')];
  try {
    mkdirSync(tree, { recursive: true });
    await freshRepository(contender, repository, 'archive');
    await outputOf(contender.argv(...commitWords(repository, 'archive', tree)));
    return true;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    note(`engine ${contender.label} is left out: ${error.message}`);
    return false;
  } finally {
    rmSync(repository, { recursive: true, force: true });
    rmSync(tree, { recursive: true, force: true });
  }
}

async function gatherContenders(options: BenchOptions, project: string, floor: string | undefined, room: string): Promise<Contender[]> {
  const { threads } = options;
  const command = options.command ?? [process.execPath, join(project, 'dist', 'cli.js')];
  const contenders: Contender[] = [];
  if (options.withOstree && (await succeeds(['ostree', '--version']))) contenders.push(ostreeContender);
  else note('no referee: ostree takes no part, so answers are compared among the engines only');
  for (const engine of options.engines) {
    const contender = coppiceContender(engine, { command, ...(threads === undefined ? {} : { threads }) });
    if (await canRun(contender, room)) contenders.push(contender);
  }
  if (floor !== undefined && options.withFloor) contenders.push(floorContender(floor, threads));
  return contenders;
}

/** A row that looks worse than the base, though chance may explain it, is worth more rounds. */
function isUnsure(soFar: ContestResult, base: BenchReport | undefined, tolerancePercent: number): boolean {
  const before = base === undefined ? undefined : findContest(base, soFar);
  return before !== undefined && compareContests(before, soFar, tolerancePercent).some(({ verdict }) => verdict === 'unsure');
}

async function benchCorpus(corpus: LoadedCorpus, { options, room, contenders, measure, base }: Setting): Promise<ContestResult[]> {
  const contests: ContestResult[] = [];
  const wantsMore = (soFar: ContestResult): boolean => isUnsure(soFar, base, options.tolerancePercent);
  for (const operation of chooseOperations(corpus.name, options.operations)) {
    note(`${operation.title} of ${corpus.name}, ${options.rounds} rounds …`);
    contests.push(await runContest(operation, { room, rounds: options.rounds, corpus, contenders, measure, wantsMore }));
  }
  return contests;
}

async function benchAll(setting: Setting): Promise<BenchReport> {
  const { options, room } = setting;
  const corpora: Record<string, TreeTotals> = {};
  const contests: ContestResult[] = [];
  for (const name of options.corpora) {
    note(`making corpus ${name} …`);
    const corpus = loadCorpus({ name, realTree: options.realTree, manyFiles: options.manyFiles }, room);
    corpora[name] = corpus.totals;
    contests.push(...(await benchCorpus(corpus, setting)));
    unloadCorpus(corpus);
  }
  const machine = await describeMachine(options.directory);
  return { format: REPORT_FORMAT, machine, rounds: options.rounds, threads: options.threads ?? null, corpora, contests };
}

function describeReport({ machine, corpora, rounds }: BenchReport): string[] {
  const { processor, cores, memoryBytes, kernel, node, fileSystem, ostree } = machine;
  const trees = Object.entries(corpora).map(
    ([name, { files, bytes, directories, symlinks }]) => `${name}: ${files} files, ${(bytes / 1e6).toFixed(0)} MB, ${directories} directories, ${symlinks} symlinks`,
  );
  return [`${processor}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, Linux ${kernel}, ${fileSystem}, node ${node}, ostree ${ostree}, ${rounds} rounds`, ...trees, ''];
}

/** Prints the table and what is wrong; returns the exit status. */
function present(report: BenchReport, options: BenchOptions, base: BenchReport | undefined): number {
  const failures = formatFailures(report);
  for (const line of [...describeReport(report), formatReport(report), ...failures, ...formatOversize(report)]) say(line);
  if (options.jsonPath !== undefined) writeFileSync(options.jsonPath, serializeReport(report));
  return failures.length > 0 || isWorse(report, options, base) ? 1 : 0;
}

function isWorse(report: BenchReport, { basePath, tolerancePercent }: BenchOptions, base: BenchReport | undefined): boolean {
  if (base === undefined) return false;
  const comparisons = compareReports(base, report, tolerancePercent);
  say(`\nagainst ${basePath ?? ''}, tolerance ${tolerancePercent} %:\n${formatComparisons(comparisons)}`);
  return comparisons.some(({ verdict }) => verdict === 'slower');
}

async function runBench(options: BenchOptions, project: string): Promise<number> {
  const base = options.basePath === undefined ? undefined : readReport(options.basePath);
  const room = mkdtempSync(join(options.directory, 'coppice-bench-'));
  const clear = (): void => rmSync(room, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clear();
      process.exit(130);
    });
  }
  try {
    const floor = await buildFloor(project, note);
    const contenders = await gatherContenders(options, project, floor, room);
    if (!contenders.some(({ role }) => role === 'coppice')) throw new BenchError('no engine of coppice can run');
    const measure = afterSync(chooseMeasure(floor, room), room);
    const report = await benchAll({ options, room, contenders, measure, base });
    return present(report, options, base);
  } finally {
    clear();
  }
}

async function main([project = '.', ...argv]: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.isHelp) say(USAGE);
  else if (options.isList) for (const { name, title } of OPERATIONS) say(`${name.padEnd(24)}${title}`);
  else return runBench(options, project);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  note(`error: ${error.message}`);
  process.exitCode = 1;
}
