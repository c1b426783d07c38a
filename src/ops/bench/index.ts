/** The verb `bench`: measures this machine with a small tree and says which settings suit it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromNodeError } from '../../base/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { advise, threadsLabel } from './advise.ts';
import type { Advice, EngineState } from './advise.ts';
import { compareReports, wantsMoreRounds } from './contest/compare-reports.ts';
import type { Comparison } from './contest/compare-reports.ts';
import { coppiceContender, ostreeContender } from './contest/contender.ts';
import type { Contender } from './contest/contender.ts';
import { describeMachine } from './contest/machine.ts';
import { afterSync, chooseMeasure } from './contest/measure.ts';
import type { Operation } from './contest/operation.ts';
import { REPORT_FORMAT } from './contest/report.ts';
import type { BenchReport } from './contest/report.ts';
import { runContest } from './contest/run-contest.ts';
import type { ContestResult, ContestSetting } from './contest/run-contest.ts';
import { succeeds } from './contest/run-program.ts';
import { loadCorpus } from './corpus/load-corpus.ts';
import { SMALL_CORPUS } from './corpus/small-corpus.ts';
import { writeCorpus } from './corpus/write-corpus.ts';
import { measureFileSystem } from './measure-file-system.ts';
import type { FileSystemFacts } from './measure-file-system.ts';
import { checkoutOperation } from './verbs/checkout.ts';
import { commitOperation } from './verbs/commit.ts';
import { fsckOperation } from './verbs/fsck.ts';
import { unchangedRecommitOperation } from './verbs/recommit.ts';
import { zlibLevelOperation } from './verbs/zlib-level.ts';

export type { Advice, EngineState } from './advise.ts';
export { readReport, serializeReport } from './contest/report.ts';
export type { BenchReport } from './contest/report.ts';
export type { Comparison } from './contest/compare-reports.ts';
export { laneOfRole, ourLanes, roundRatios, valuesOf } from './contest/contest-values.ts';
export { median } from './contest/statistics.ts';

export interface BenchContext {
  /** The words that start this program as a process of its own. */
  readonly command: readonly string[];
  /** Every engine, the best first. */
  readonly engines: readonly EngineState[];
  /** One that runs here, to ask the file system by. */
  readonly engine: Engine;
  readonly cores: number;
  /** Ends the bench between two runs; everything made is removed. */
  readonly signal?: AbortSignal | undefined;
}

export interface BenchOptions {
  /** What is left out begins when this time is over. Default 60. */
  readonly seconds?: number | undefined;
  /** An earlier outcome to compare with. */
  readonly base?: BenchReport | undefined;
  /** By how much a ratio may be worse than the base's. Default 10. */
  readonly tolerancePercent?: number | undefined;
  /** Told what is being measured. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

/** A report like that of `npm run bench`, and what it means for this machine. */
export interface BenchOutcome extends BenchReport {
  readonly engines: readonly EngineState[];
  readonly facts: FileSystemFacts;
  readonly advice: readonly Advice[];
  /** Operations that there was no time for. */
  readonly leftOut: readonly string[];
  /** Rows that the base has too; empty without a base. */
  readonly comparisons: readonly Comparison[];
}

const ROUNDS = 5;
const DEFAULT_SECONDS = 60;
const DEFAULT_TOLERANCE_PERCENT = 10;

/** The one that all numbers of threads are tried with comes first. */
const OPERATIONS: readonly Operation[] = [
  commitOperation('bare-user-only'),
  unchangedRecommitOperation('bare-user-only'),
  checkoutOperation('hardlink'),
  commitOperation('archive'),
  fsckOperation('bare-user-only'),
  zlibLevelOperation,
];

/** 0, 1, 2, 4 … below the number of cores, which is the usual number of threads. */
export function threadLadder(cores: number): number[] {
  const powers = Array.from({ length: Math.ceil(Math.log2(Math.max(cores, 1))) }, (_, exponent) => 2 ** exponent);
  return [0, ...powers.filter((threads) => threads < cores)];
}

function enginesOf({ engines, command }: BenchContext): Contender[] {
  return engines.filter(({ obstacle }) => obstacle === null).map(({ name }) => coppiceContender(name, { command }));
}

function sweepOf({ engines, command, cores }: BenchContext): Contender[] {
  const best = engines.find(({ obstacle }) => obstacle === null)?.name;
  if (best === undefined) return [];
  return threadLadder(cores).map((threads) => coppiceContender(best, { command, threads, label: threadsLabel(best, threads) }));
}

/** Contests one after the other, each with its share of the time that is left; the first one is always held. */
class Schedule {
  readonly #end: number;
  readonly contests: ContestResult[] = [];
  readonly leftOut: string[] = [];

  constructor(seconds: number) {
    this.#end = performance.now() + seconds * 1000;
  }

  async run(operation: Operation, left: number, setting: Omit<ContestSetting, 'isLate'>): Promise<void> {
    const now = performance.now();
    if (this.contests.length > 0 && now >= this.#end) {
      this.leftOut.push(operation.name);
      return;
    }
    const due = now + (this.#end - now) / left;
    this.contests.push(await runContest(operation, { ...setting, isLate: () => performance.now() >= due }));
  }
}

async function holdContests(context: BenchContext, room: string, facts: FileSystemFacts, options: BenchOptions): Promise<Pick<BenchOutcome, 'contests' | 'leftOut' | 'corpora'>> {
  const { base, tolerancePercent = DEFAULT_TOLERANCE_PERCENT, notice } = options;
  const schedule = new Schedule(options.seconds ?? DEFAULT_SECONDS);
  notice?.('making a small tree');
  const corpus = loadCorpus(SMALL_CORPUS.name, room, (root) => writeCorpus(SMALL_CORPUS, root));
  const referee = (await succeeds(['ostree', '--version'])) ? [ostreeContender] : [];
  const measure = afterSync(chooseMeasure(undefined, room), room);
  const wantsMore = (soFar: ContestResult): boolean => base !== undefined && wantsMoreRounds(base, soFar, { tolerancePercent, rounds: ROUNDS });
  for (const [done, operation] of OPERATIONS.entries()) {
    notice?.(`measuring ${operation.title} (${done + 1} of ${OPERATIONS.length})`);
    const contenders = [...referee, ...enginesOf(context), ...(done === 0 ? sweepOf(context) : [])];
    await schedule.run(operation, OPERATIONS.length - done, { room, rounds: ROUNDS, corpus, contenders, measure, wantsMore, fileSystem: facts.type, signal: context.signal });
  }
  return { contests: schedule.contests, leftOut: schedule.leftOut, corpora: { [corpus.name]: corpus.totals } };
}

/** Measures in a new directory below `directory`, which is removed whatever happens, even if the process is ended meanwhile. */
export async function benchMachine(context: BenchContext, directory: string, options: BenchOptions = {}): Promise<BenchOutcome> {
  const room = makeRoom(directory);
  const clear = (): void => rmSync(room, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    const facts = measureFileSystem(room, context.engine);
    const report = { format: REPORT_FORMAT, machine: await describeMachine(room), rounds: ROUNDS, threads: null, ...(await holdContests(context, room, facts, options)) };
    const { engines, cores } = context;
    const comparisons = options.base === undefined ? [] : compareReports(options.base, report, options.tolerancePercent ?? DEFAULT_TOLERANCE_PERCENT);
    return { ...report, engines, facts, advice: advise({ contests: report.contests, facts, engines, cores }), comparisons };
  } finally {
    clear();
    process.off('exit', clear);
  }
}

function makeRoom(directory: string): string {
  try {
    return mkdtempSync(join(directory, 'coppice-bench-'));
  } catch (error) {
    throw fromNodeError(error, directory);
  }
}
