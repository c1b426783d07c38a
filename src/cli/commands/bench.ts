import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fromNodeError, isCoppiceError } from '../../base/errors.ts';
import type { EngineName } from '../../engine/engine.ts';
import { selectEngine } from '../../engine/select-engine.ts';
import { benchMachine, readReport, serializeReport } from '../../ops/bench/index.ts';
import type { BenchContext, BenchOptions, BenchOutcome, EngineState } from '../../ops/bench/index.ts';
import { assetDirectory } from '../../runtime.ts';
import type { GlobalSettings, Invocation } from '../command.ts';
import { benchPage } from '../ui/bench-page.ts';
import { badUsage } from '../usage-error.ts';

/** The best first. */
const ENGINES: readonly EngineName[] = ['native', 'wasm', 'js'];

/** Exit status 1: a ratio got worse, beyond doubt, by more than is tolerated. */
export async function run(invocation: Invocation): Promise<number> {
  const { options, env, args, status } = invocation;
  if (args.length > 0) throw badUsage('bench takes no arguments', 'name the directory with --dir=DIR');
  const directory = resolve(env.workingDirectory, options.string('dir') ?? '.');
  try {
    const outcome = await benchMachine(contextOf(invocation), directory, readOptions(invocation));
    report(invocation, outcome);
    return outcome.comparisons.some(({ verdict }) => verdict === 'slower') ? 1 : 0;
  } finally {
    status('');
  }
}

function contextOf({ settings, signal }: Invocation): BenchContext {
  const directory = assetDirectory();
  return {
    command: [process.execPath, join(directory, 'cli.js')],
    engines: enginesOf(settings, directory),
    engine: selectEngine({ choice: settings.engine, assetDirectory: directory }).engine,
    cores: availableParallelism(),
    signal,
  };
}

function enginesOf({ engine }: GlobalSettings, directory: string): EngineState[] {
  return ENGINES.filter((name) => engine === 'auto' || engine === name).map((name) => ({ name, obstacle: obstacleOf(name, directory) }));
}

function obstacleOf(choice: EngineName, directory: string): string | null {
  try {
    selectEngine({ choice, assetDirectory: directory });
    return null;
  } catch (error) {
    if (isCoppiceError(error, 'CAPABILITY_MISSING')) return error.message;
    throw error;
  }
}

function readOptions({ options, env, settings, interactive, status, warn }: Invocation): BenchOptions {
  const base = options.string('compare');
  const tell = settings.progress === 'plain' ? warn : status;
  const isHeard = settings.progress === 'plain' || (settings.progress === 'auto' && interactive);
  return {
    seconds: positive(options.string('seconds'), '--seconds'),
    base: base === undefined ? undefined : readReport(resolve(env.workingDirectory, base)),
    tolerancePercent: positive(options.string('tolerance'), '--tolerance'),
    notice: isHeard ? tell : undefined,
  };
}

function positive(value: string | undefined, option: string): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]+(\.[0-9]+)?$/.test(value) && Number(value) > 0) return Number(value);
  throw badUsage(`Invalid value '${value}' for ${option}`, 'it is a number above 0');
}

function report({ options, env, out }: Invocation, outcome: BenchOutcome): void {
  const file = options.string('json');
  if (file !== undefined) writeJson(resolve(env.workingDirectory, file), serializeReport(outcome));
  out(options.flag('json') && file === undefined ? serializeReport(outcome) : benchPage(outcome));
}

function writeJson(path: string, json: string): void {
  try {
    writeFileSync(path, json);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
