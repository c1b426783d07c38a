import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { type ProgramResult, runProgram } from './run-program.ts';

/** What one run of a whole process took. */
export interface Sample {
  readonly wallSeconds: number;
  /** User and system time of all its threads; NaN where nothing can measure it. */
  readonly cpuSeconds: number;
  /** Peak resident memory; NaN where nothing can measure it. */
  readonly peakBytes: number;
}

export interface MeasuredRun extends ProgramResult {
  readonly sample: Sample;
}

export type Measure = (argv: readonly string[]) => Promise<MeasuredRun>;

const GNU_TIME = '/usr/bin/time';

/**
 * Chooses what watches the programs: the floor's `measure`, else GNU time, else only a clock.
 *
 * A wrapper is needed because Linux counts the memory of the process that forked towards the child's peak.
 */
export function chooseMeasure(floorProgram: string | undefined, room: string): Measure {
  const report = join(room, 'usage');
  if (floorProgram !== undefined) return wrapWith([floorProgram, 'measure', report], report, readFloorReport);
  if (existsSync(GNU_TIME)) return wrapWith([GNU_TIME, '-q', '-o', report, '-f', '%e %U %S %M'], report, readGnuTimeReport);
  return async (argv) => {
    const result = await runProgram(argv);
    return { ...result, sample: { wallSeconds: result.wallSeconds, cpuSeconds: Number.NaN, peakBytes: Number.NaN } };
  };
}

/** Lets the file system below `directory` write out what earlier runs left, so that no run pays for another. */
export function afterSync(measure: Measure, directory: string): Measure {
  return async (argv) => {
    await runProgram(['sync', '-f', directory]);
    return measure(argv);
  };
}

type ReadReport = (numbers: readonly number[], result: ProgramResult) => Sample;

function wrapWith(wrapper: readonly string[], report: string, read: ReadReport): Measure {
  return async (argv) => {
    rmSync(report, { force: true });
    const result = await runProgram([...wrapper, ...argv]);
    if (!existsSync(report)) throw new BenchError(`"${argv.join(' ')}" was not measured: ${result.stderr.trim()}`);
    const numbers = readFileSync(report, 'utf8').trim().split(/\s+/).map(Number);
    return { ...result, sample: read(numbers, result) };
  };
}

const readFloorReport: ReadReport = ([wallNanos = 0, userMicros = 0, systemMicros = 0, peakKib = 0]) => ({
  wallSeconds: wallNanos / 1e9,
  cpuSeconds: (userMicros + systemMicros) / 1e6,
  peakBytes: peakKib * 1024,
});

/** GNU time's own clock ticks in hundredths, so the wall time is taken around it. */
const readGnuTimeReport: ReadReport = ([, user = 0, system = 0, peakKib = 0], { wallSeconds }) => ({
  wallSeconds,
  cpuSeconds: user + system,
  peakBytes: peakKib * 1024,
});
