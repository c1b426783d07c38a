import { readFileSync } from 'node:fs';
import { BenchError } from '../bench-error.ts';
import type { Machine } from './machine.ts';
import type { TreeTotals } from '../corpus/write-corpus.ts';
import type { Contender } from './contender.ts';
import type { Sample } from './measure.ts';
import type { ContestResult, LaneResult } from './run-contest.ts';

/** Grows with every incompatible change of the JSON. */
export const REPORT_FORMAT = 2;

/** A whole run of the bench, as `--json` writes it. */
export interface BenchReport {
  readonly format: number;
  readonly machine: Machine;
  readonly rounds: number;
  readonly threads: number | null;
  readonly corpora: Readonly<Record<string, TreeTotals>>;
  readonly contests: readonly ContestResult[];
}

/** NaN is no JSON: what could not be measured is null. */
export function serializeReport(report: BenchReport): string {
  return `${JSON.stringify(report, (_key, value: unknown) => (Number.isNaN(value) ? null : value), 1)}\n`;
}

const ROLES: readonly Contender['role'][] = ['coppice', 'ostree', 'floor', 'git'];

/** Throws unless the value is what the schema says; `what` tells where. */
function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BenchError(`${what} is no object`);
  return { ...value };
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new BenchError(`${what} is no list`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new BenchError(`${what} is no text`);
  return value;
}

/** What was not measured is null in the JSON and NaN here. */
function number(value: unknown, what: string): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value !== 'number') throw new BenchError(`${what} is no number`);
  return value;
}

function readSample(value: unknown): Sample {
  const sample = record(value, 'a sample');
  const wallSeconds = number(sample['wallSeconds'], 'wallSeconds');
  if (!(wallSeconds > 0)) throw new BenchError('a sample took no time');
  return { wallSeconds, cpuSeconds: number(sample['cpuSeconds'], 'cpuSeconds'), peakBytes: number(sample['peakBytes'], 'peakBytes') };
}

function readLane(value: unknown): LaneResult {
  const lane = record(value, 'a lane');
  const role = ROLES.find((known) => known === lane['role']);
  if (role === undefined) throw new BenchError(`"${String(lane['role'])}" is no role`);
  const { outputBytes, failure } = lane;
  return {
    label: text(lane['label'], 'a label'),
    role,
    samples: list(lane['samples'], 'samples').map(readSample),
    outputBytes: outputBytes === null ? null : number(outputBytes, 'outputBytes'),
    failure: failure === null ? null : text(failure, 'a failure'),
  };
}

function readContest(value: unknown): ContestResult {
  const { operation, corpus, fileSystem, lanes } = record(value, 'a contest');
  return {
    operation: text(operation, 'an operation'),
    corpus: text(corpus, 'a corpus'),
    fileSystem: text(fileSystem, 'a file system'),
    lanes: list(lanes, 'lanes').map(readLane),
  };
}

function readMachine(value: unknown): Machine {
  const machine = record(value, 'machine');
  const word = (key: string): string => text(machine[key], key);
  return {
    processor: word('processor'),
    cores: number(machine['cores'], 'cores'),
    memoryBytes: number(machine['memoryBytes'], 'memoryBytes'),
    kernel: word('kernel'),
    node: word('node'),
    fileSystem: word('fileSystem'),
    ostree: word('ostree'),
  };
}

function readTotals(value: unknown): TreeTotals {
  const totals = record(value, 'a corpus');
  const count = (key: string): number => number(totals[key], key);
  return { files: count('files'), bytes: count('bytes'), directories: count('directories'), symlinks: count('symlinks') };
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new BenchError(`cannot read "${path}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Reads the schema from parsed JSON; BenchError for anything else. */
export function parseReport(value: unknown): BenchReport {
  const report = record(value, 'the report');
  if (report['format'] !== REPORT_FORMAT) throw new BenchError(`its format is ${String(report['format'])}, this program reads ${REPORT_FORMAT}`);
  const corpora = Object.entries(record(report['corpora'], 'corpora'));
  return {
    format: REPORT_FORMAT,
    machine: readMachine(report['machine']),
    rounds: number(report['rounds'], 'rounds'),
    threads: report['threads'] === null ? null : number(report['threads'], 'threads'),
    corpora: Object.fromEntries(corpora.map(([name, totals]) => [name, readTotals(totals)])),
    contests: list(report['contests'], 'contests').map(readContest),
  };
}

/** Reads the file that `--json` wrote; BenchError for anything else. */
export function readReport(path: string): BenchReport {
  const value = parseJson(path);
  try {
    return parseReport(value);
  } catch (cause) {
    if (cause instanceof BenchError) throw new BenchError(`"${path}" is no bench report: ${cause.message}`, { cause });
    throw cause;
  }
}
