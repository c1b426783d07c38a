import type { EngineName } from '../../engine/engine.ts';
import { laneOfRole, ourLanes, roundRatios, valuesOf } from './contest/contest-values.ts';
import type { ContestResult, LaneResult } from './contest/run-contest.ts';
import { median } from './contest/statistics.ts';
import type { FileSystemFacts } from './measure-file-system.ts';
import { ZLIB_LEVELS, zlibLabel } from './verbs/zlib-level.ts';

/** Whether an engine can run here. */
export interface EngineState {
  readonly name: EngineName;
  /** Why it cannot, or null. */
  readonly obstacle: string | null;
}

/** A plain sentence about a setting. */
export interface Advice {
  readonly setting: 'engine' | 'threads' | 'fsync' | 'zlib-level' | 'links' | 'ostree';
  /** What to set it to; null where the sentence only informs. */
  readonly value: string | null;
  readonly sentence: string;
}

export interface Findings {
  readonly contests: readonly ContestResult[];
  readonly facts: FileSystemFacts;
  readonly engines: readonly EngineState[];
  readonly cores: number;
}

/** A difference below it is none. */
const NOTABLE = 1.05;
/** An fsync that takes longer is one of a disk that means it. */
const SLOW_SYNC_SECONDS = 0.001;

const COMMIT = 'commit:bare-user-only';

/** How the lane of a number of threads other than the usual one is called. */
export function threadsLabel(engine: string, threads: number): string {
  return `${engine}/${threads}`;
}

function contestOf({ contests }: Findings, operation: string): ContestResult | undefined {
  return contests.find((contest) => contest.operation === operation);
}

function secondsOf(lane: LaneResult): number {
  return median(valuesOf(lane, 'wallSeconds'));
}

function laneOf(contest: ContestResult | undefined, label: string): LaneResult | undefined {
  return contest === undefined ? undefined : ourLanes(contest).find((lane) => lane.label === label);
}

function fastest(lanes: readonly LaneResult[]): LaneResult | undefined {
  return lanes.toSorted((a, b) => secondsOf(a) - secondsOf(b))[0];
}

const times = (ratio: number): string => `${ratio.toPrecision(2)} times`;

function adviseEngine(findings: Findings): Advice[] {
  const contest = contestOf(findings, COMMIT);
  const lanes = findings.engines.flatMap(({ name }) => laneOf(contest, name) ?? []);
  const [best, ...others] = lanes.toSorted((a, b) => secondsOf(a) - secondsOf(b));
  const missing = findings.engines.flatMap(({ name, obstacle }) => (obstacle === null ? [] : [`The ${name} engine does not run here: ${obstacle}.`]));
  if (best === undefined) return [];
  const faster = others.map((lane) => `${times(median(roundRatios(lane, best)))} as fast as ${lane.label}`);
  const comparison = faster.length === 0 ? '' : `: at a first commit it is ${faster.join(' and ')}`;
  return [{ setting: 'engine', value: best.label, sentence: [`Use the ${best.label} engine${comparison}.`, ...missing].join(' ') }];
}

/** The lanes of the engine that was tried with several numbers of threads. */
function threadLanes({ cores }: Findings, contest: ContestResult): [threads: number, lane: LaneResult][] {
  const swept = ourLanes(contest).find(({ label }) => label.includes('/'))?.label.split('/')[0];
  return ourLanes(contest).flatMap((lane): [number, LaneResult][] => {
    const [engine, threads] = lane.label.split('/');
    return engine === swept ? [[threads === undefined ? cores : Number(threads), lane]] : [];
  });
}

/** The least number of threads that is as good as the best: the others are better left to other programs. */
function adviseThreads(findings: Findings): Advice[] {
  const contest = contestOf(findings, COMMIT);
  const lanes = contest === undefined ? [] : threadLanes(findings, contest).toSorted(([a], [b]) => a - b);
  const best = fastest(lanes.map(([, lane]) => lane));
  if (best === undefined) return [];
  const [threads = findings.cores, lane = best] = lanes.find(([, one]) => secondsOf(one) <= secondsOf(best) * NOTABLE) ?? [];
  const inline = lanes.find(([count]) => count === 0)?.[1];
  const gain = inline === undefined || threads === 0 ? '' : `, ${times(median(roundRatios(inline, lane)))} as fast as none`;
  const isUsual = threads === findings.cores;
  const sentence = isUsual
    ? `Leave --threads alone: as many threads as there are cores (${threads}) are best${gain}.`
    : `Use --threads=${threads}: more do not make a commit of a tree like this one faster here${gain}.`;
  return [{ setting: 'threads', value: String(threads), sentence }];
}

const milliseconds = (seconds: number): string => `${(seconds * 1000).toPrecision(2)} ms`;

function adviseFsync({ facts }: Findings): Advice[] {
  const { fsyncSeconds, syncfsSeconds, type } = facts;
  const costs = `An fsync of a small file takes ${milliseconds(fsyncSeconds)} on this ${type}${syncfsSeconds === null ? '' : `, a syncfs ${milliseconds(syncfsSeconds)}`}`;
  if (fsyncSeconds < SLOW_SYNC_SECONDS) {
    return [{ setting: 'fsync', value: 'core.fsync=true', sentence: `${costs}: leave core.fsync as it is, it costs next to nothing here.` }];
  }
  const perThousand = `core.per-object-fsync would add about ${(fsyncSeconds * 1000).toPrecision(2)} s for every thousand new files: leave it off`;
  return [{ setting: 'fsync', value: 'core.fsync=true', sentence: `${costs}. ${perThousand}. Keep core.fsync on wherever a repository must outlive a power cut.` }];
}

function adviseZlib(findings: Findings): Advice[] {
  const contest = contestOf(findings, 'zlib-level:archive');
  const usual = laneOf(contest, zlibLabel(6));
  if (contest === undefined || usual === undefined) return [];
  const words = ZLIB_LEVELS.filter((level) => level !== 6).flatMap((level) => {
    const lane = laneOf(contest, zlibLabel(level));
    if (lane === undefined) return [];
    const size = ((lane.outputBytes ?? Number.NaN) / (usual.outputBytes ?? Number.NaN) - 1) * 100;
    return [`level ${level} takes ${median(roundRatios(lane, usual)).toFixed(2)} times as long and gives ${Math.abs(size).toFixed(1)} % ${size > 0 ? 'more' : 'fewer'} bytes`];
  });
  const fast = laneOf(contest, zlibLabel(1));
  const isWorthIt = fast !== undefined && median(roundRatios(usual, fast)) > NOTABLE;
  const advice = isWorthIt ? 'archive.zlib-level=1 suits repositories that are made often and fetched seldom' : 'keep the default, as lower levels save no time here';
  return [{ setting: 'zlib-level', value: isWorthIt ? null : '6', sentence: `Beside the default level 6, ${words.join('; ')}: ${advice}.` }];
}

function adviseLinks({ facts }: Findings): Advice[] {
  const { hardlinks, reflinks, unnamedFiles, xattrs } = facts;
  const links = hardlinks ? 'Checkouts can be hardlinks (checkout -H), which take no room and no copying.' : 'This file system has no hardlinks: checkouts are copies.';
  const copies = reflinks ? 'Copies share their blocks with the repository until they are changed.' : 'Copies take their full room, as the file system shares no blocks.';
  const unnamed = unnamedFiles ? [] : ['It has no unnamed files (O_TMPFILE), so that new objects take a rename each.'];
  const modes = xattrs === false ? ['It has no user xattrs: use the repository modes bare-user-only or archive.'] : [];
  return [{ setting: 'links', value: null, sentence: [links, copies, ...unnamed, ...modes].join(' ') }];
}

function compareWithOstree(findings: Findings): Advice[] {
  const words = findings.contests.flatMap((contest) => {
    const gain = median(roundRatios(laneOfRole(contest, 'ostree'), fastest(ourLanes(contest))));
    return Number.isFinite(gain) && !contest.operation.startsWith('zlib-level') ? [`${contest.operation} ${gain.toPrecision(2)}×`] : [];
  });
  if (words.length === 0) return [];
  return [{ setting: 'ostree', value: null, sentence: `Against ostree on this small tree, starting the program included: ${words.join(', ')}.` }];
}

/** What the findings say about settings, in sentences. A contest that was left out for want of time gives none. */
export function advise(findings: Findings): Advice[] {
  return [adviseEngine, adviseThreads, adviseFsync, adviseZlib, adviseLinks, compareWithOstree].flatMap((about) => about(findings));
}
