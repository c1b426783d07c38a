/**
 * The bench of whole processes: `npm run bench`. Prints one table; README.md of this folder says how to read it.
 *
 * The launcher (scripts/bench.mjs) gives the project's directory as the first word.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../src/ops/bench/bench-error.ts';
import { compareReports, wantsMoreRounds } from '../src/ops/bench/contest/compare-reports.ts';
import type { Contender } from '../src/ops/bench/contest/contender.ts';
import { describeMachine } from '../src/ops/bench/contest/machine.ts';
import { afterSync, chooseMeasure } from '../src/ops/bench/contest/measure.ts';
import { type BenchReport, readReport, REPORT_FORMAT, serializeReport } from '../src/ops/bench/contest/report.ts';
import { type ContestResult, runContest } from '../src/ops/bench/contest/run-contest.ts';
import { type LoadedCorpus, loadCorpus, unloadCorpus } from '../src/ops/bench/corpus/load-corpus.ts';
import type { TreeTotals } from '../src/ops/bench/corpus/write-corpus.ts';
import { fileSystemType } from '../src/ops/bench/file-system-type.ts';
import { formatAcceptance, judgeAcceptance } from './acceptance/judge-acceptance.ts';
import { REQUIREMENTS } from './acceptance/thresholds.ts';
import { type Ext4Disk, mountExt4 } from './ext4-disk.ts';
import { gatherContenders } from './gather-contenders.ts';
import { chooseOperations, OPERATIONS } from './ops/index.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { planSittings, type Sitting } from './sittings.ts';
import { corpusWriter, type CorpusName } from './support/corpora.ts';
import { buildFloor } from './support/floor-program.ts';
import { mergeReports } from './versus/merge-reports.ts';
import { formatComparisons, formatFailures, formatGit, formatOversize, formatReport } from './versus/print-report.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

/** What all sittings share. */
interface Setting {
  readonly options: BenchOptions;
  readonly command: readonly string[];
  readonly floorProgram: string | undefined;
  readonly base: BenchReport | undefined;
  /** Totals of the corpora made so far. */
  readonly corpora: Record<string, TreeTotals>;
}

/** A directory on the file system under test. */
interface Place {
  readonly room: string;
  readonly fileSystem: string;
}

async function benchCorpus(corpus: LoadedCorpus, sitting: Sitting, place: Place, rest: Setting & { readonly contenders: readonly Contender[] }): Promise<ContestResult[]> {
  const { options, base, contenders, floorProgram } = rest;
  const { rounds, tolerancePercent } = options;
  const measure = afterSync(chooseMeasure(floorProgram, place.room), place.room);
  const wantsMore = (soFar: ContestResult): boolean => base !== undefined && wantsMoreRounds(base, soFar, { tolerancePercent, rounds });
  const contests: ContestResult[] = [];
  for (const operation of chooseOperations(nameOf(sitting, corpus), sitting.operations)) {
    note(`${operation.title} of ${corpus.name} on ${place.fileSystem}, ${rounds} rounds …`);
    contests.push(await runContest(operation, { ...place, rounds, corpus, contenders, measure, wantsMore }));
  }
  return contests;
}

function nameOf({ corpora }: Sitting, corpus: LoadedCorpus): CorpusName {
  const name = corpora.find((one) => one === corpus.name);
  if (name === undefined) throw new BenchError(`corpus "${corpus.name}" was not asked for`);
  return name;
}

async function benchSitting(sitting: Sitting, place: Place, setting: Setting): Promise<ContestResult[]> {
  const { options, command, floorProgram } = setting;
  const contenders = await gatherContenders(sitting, { command, floorProgram, withGit: options.withGit, room: place.room, note });
  const contests: ContestResult[] = [];
  for (const name of sitting.corpora) {
    note(`making corpus ${name} …`);
    const corpus = loadCorpus(name, place.room, corpusWriter(name, options));
    setting.corpora[name] = corpus.totals;
    contests.push(...(await benchCorpus(corpus, sitting, place, { ...setting, contenders })));
    unloadCorpus(corpus);
  }
  return contests;
}

/** An ext4 image for the run, or undefined, loudly, where none can be made. */
async function diskOf({ alsoExt4 }: BenchOptions, room: string): Promise<Ext4Disk | undefined> {
  if (!alsoExt4) return undefined;
  try {
    return await mountExt4(room);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    note(`SKIPPED: there is no column for ext4: ${error.message}`);
    return undefined;
  }
}

async function benchAll(setting: Setting, room: string, disk: Ext4Disk | undefined): Promise<BenchReport> {
  const { options } = setting;
  const contests: ContestResult[] = [];
  for (const sitting of planSittings(options)) {
    contests.push(...(await benchSitting(sitting, { room, fileSystem: fileSystemType(room) }, setting)));
    if (disk !== undefined && sitting.alsoExt4) contests.push(...(await benchSitting(sitting, { room: disk.directory, fileSystem: 'ext4' }, setting)));
  }
  const machine = await describeMachine(options.directory);
  return { format: REPORT_FORMAT, machine, rounds: options.rounds, threads: options.threads ?? null, corpora: setting.corpora, contests };
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
  for (const line of [...describeReport(report), formatReport(report), ...formatGit(report), ...failures, ...formatOversize(report)]) say(line);
  if (options.jsonPath !== undefined) writeFileSync(options.jsonPath, serializeReport(report));
  const verdicts = [failures.length > 0, isWorse(report, options, base), isUnacceptable(report, options)];
  return verdicts.includes(true) ? 1 : 0;
}

function isWorse(report: BenchReport, { basePath, tolerancePercent }: BenchOptions, base: BenchReport | undefined): boolean {
  if (base === undefined) return false;
  const comparisons = compareReports(base, report, tolerancePercent);
  say(`\nagainst ${basePath ?? ''}, tolerance ${tolerancePercent} %:\n${formatComparisons(comparisons)}`);
  if (comparisons.length === 0) throw new BenchError(`"${basePath ?? ''}" has no row of this run, so that nothing was compared`);
  return comparisons.some(({ verdict }) => verdict === 'slower');
}

function isUnacceptable(report: BenchReport, { isAcceptance }: BenchOptions): boolean {
  if (!isAcceptance) return false;
  const judgements = judgeAcceptance(report, REQUIREMENTS);
  say(`\n${formatAcceptance(judgements)}`);
  return judgements.some(({ verdict }) => verdict === 'FAIL');
}

async function runBench(options: BenchOptions, project: string): Promise<number> {
  const base = options.basePath === undefined ? undefined : readReport(options.basePath);
  const room = mkdtempSync(join(options.directory, 'coppice-bench-'));
  const disks: Ext4Disk[] = [];
  process.once('exit', () => {
    for (const disk of disks) disk.remove();
    rmSync(room, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const floorProgram = await buildFloor(project, note);
  const disk = await diskOf(options, room);
  if (disk !== undefined) disks.push(disk);
  const command = options.command ?? [process.execPath, join(project, 'dist', 'cli.js')];
  return present(await benchAll({ options, command, floorProgram, base, corpora: {} }, room, disk), options, base);
}

async function main([project = '.', ...argv]: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.isHelp) say(USAGE);
  else if (options.isList) for (const { name, title } of OPERATIONS) say(`${name.padEnd(24)}${title}`);
  else if (options.reportPaths.length > 0) return present(mergeReports(options.reportPaths.map(readReport)), { ...options, jsonPath: undefined }, undefined);
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
