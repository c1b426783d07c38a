import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import type { Measure, Sample } from './measure.ts';
import { requireSuccess } from './run-program.ts';
import type { Contender } from './contender.ts';
import type { LoadedCorpus } from '../corpus/load-corpus.ts';
import type { Bout, Lane, Operation } from './operation.ts';

/** What one contender did in an operation. */
export interface LaneResult {
  readonly label: string;
  readonly role: Contender['role'];
  /** One for each counted round; those of one round ran next to each other. */
  readonly samples: readonly Sample[];
  readonly outputBytes: number | null;
  /** Why it was thrown out, or null. */
  readonly failure: string | null;
}

export interface ContestResult {
  readonly operation: string;
  readonly corpus: string;
  /** The kind of file system that everything lay on: `tmpfs`, `ext4`. */
  readonly fileSystem: string;
  readonly lanes: readonly LaneResult[];
}

export interface ContestSetting {
  readonly room: string;
  readonly rounds: number;
  /** Asked after every `rounds` counted rounds; yes means as many again, up to `MOST_REPEATS` times in all. */
  readonly wantsMore?: (soFar: ContestResult) => boolean;
  readonly corpus: LoadedCorpus;
  readonly contenders: readonly Contender[];
  readonly measure: Measure;
  readonly fileSystem: string;
  /** Ends the contest between two runs, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Asked before every counted round but the first: yes leaves out those that are left. */
  readonly isLate?: () => boolean;
}

/** How many times the usual rounds a contest takes that stays unsettled. */
export const MOST_REPEATS = 4;

interface LaneState {
  readonly lane: Lane;
  readonly samples: Sample[];
  failure: string | null;
}

/** Everybody is first once in a while: what the last run left in caches is shared fairly. */
function inTurn<T>(all: readonly T[], round: number): T[] {
  const first = all.length === 0 ? 0 : round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** The run's answer; a failure is kept in the state, and the lane is out. */
async function runLane(state: LaneState, round: number, measure: Measure): Promise<string | undefined> {
  try {
    await state.lane.before();
    const argv = state.lane.argv();
    const run = await measure(argv);
    requireSuccess(run, argv);
    const answer = await state.lane.after(run, round === 0);
    if (round > 0) state.samples.push(run.sample);
    return answer;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    state.failure = error.message;
    return undefined;
  }
}

/** What the lane has to answer: the referee's word, else that of the first who has one. */
function agreedAnswer(answers: ReadonlyMap<LaneState, string>): string | undefined {
  const referee = [...answers].find(([state]) => state.lane.contender.role === 'ostree');
  return referee?.[1] ?? [...answers.values()][0];
}

async function runRound(states: readonly LaneState[], round: number, { measure, signal }: ContestSetting): Promise<void> {
  const answers = new Map<LaneState, string>();
  for (const state of inTurn(states, round)) {
    if (state.failure !== null) continue;
    signal?.throwIfAborted();
    const answer = await runLane(state, round, measure);
    if (answer !== undefined) answers.set(state, answer);
  }
  signal?.throwIfAborted();
  const agreed = agreedAnswer(answers);
  for (const [state, answer] of answers) {
    if (answer !== agreed) state.failure = `wrong answer in round ${round}: ${answer}, expected ${agreed ?? 'none'}`;
  }
}

function laneResult({ lane, samples, failure }: LaneState): LaneResult {
  const { label, role } = lane.contender;
  return { label, role, samples, outputBytes: lane.outputBytes?.() ?? null, failure };
}

/** Runs the rounds of an opened operation; `result` tells how it stands. */
async function runRounds(bout: Bout, states: readonly LaneState[], setting: ContestSetting, result: () => ContestResult): Promise<void> {
  let last = setting.rounds;
  for (let round = 0; round <= last; round++) {
    if (round > 1 && setting.isLate?.() === true) return;
    await bout.beginRound?.(round);
    await runRound(states, round, setting);
    const mayRepeat = round === last && round > 0 && last < setting.rounds * MOST_REPEATS;
    if (mayRepeat && setting.wantsMore?.(result()) === true) last += setting.rounds;
  }
}

/** Runs an operation on a corpus: a thorough round that is not counted, then interleaved rounds. */
export async function runContest(operation: Operation, setting: ContestSetting): Promise<ContestResult> {
  const room = join(setting.room, operation.name.replaceAll(':', '-'));
  mkdirSync(room);
  try {
    const bout = await operation.open({ room, corpus: setting.corpus, contenders: setting.contenders });
    const states = bout.lanes.map((lane): LaneState => ({ lane, samples: [], failure: null }));
    const result = (): ContestResult => ({ operation: operation.name, corpus: setting.corpus.name, fileSystem: setting.fileSystem, lanes: states.map(laneResult) });
    await runRounds(bout, states, setting, result);
    return result();
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
