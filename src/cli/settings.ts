import type { GlobalSettings, OptionSpec, ParsedOptions } from './command.ts';
import type { CoppiceVariables } from './env.ts';
import { parseIoPriority } from './parse-io-priority.ts';
import { parseSize } from './parse-size.ts';
import { badUsage } from './usage-error.ts';

const ENGINES = ['auto', 'native', 'wasm', 'js'] as const;
const PROGRESS = ['auto', 'plain', 'json', 'none'] as const;

/** A value and the name to blame when it is wrong. */
interface Source {
  readonly value: string;
  readonly name: string;
}

function oneOf<Word extends string>(words: readonly Word[], source: Source | undefined, fallback: Word): Word {
  if (source === undefined) return fallback;
  const word = words.find((candidate) => candidate === source.value);
  if (word !== undefined) return word;
  throw badUsage(`Invalid value '${source.value}' for ${source.name}`, `it is one of ${words.join(', ')}`);
}

/** The least and the most that a number may be. */
interface Range {
  readonly least: number;
  readonly most: number;
}

const THREADS: Range = { least: 0, most: 256 };
const NICE: Range = { least: -20, most: 19 };
const PERCENT: Range = { least: 1, most: 100 * THREADS.most };

function numberOf(source: Source | undefined, { least, most }: Range): number | undefined {
  if (source === undefined) return undefined;
  const number = /^[+-]?[0-9]+$/.test(source.value) ? Number(source.value) : NaN;
  if (number >= least && number <= most) return number;
  throw badUsage(`Invalid value '${source.value}' for ${source.name}`, `it is a number from ${least} to ${most}`);
}

/** Merges the options that stand anywhere on the line with the environment; the line wins. Throws USAGE. */
export function readSettings(
  specs: readonly OptionSpec[],
  options: ParsedOptions,
  variables: CoppiceVariables,
): GlobalSettings {
  const declared = (long: string): boolean => specs.some((spec) => spec.long === long);
  const source = (long: string, variable?: string, value?: string): Source | undefined => {
    const given = declared(long) ? options.string(long) : undefined;
    if (given !== undefined) return { value: given, name: `--${long}` };
    return value === undefined || variable === undefined ? undefined : { value, name: variable };
  };
  const ionice = source('ionice', 'COPPICE_IONICE', variables.ionice);
  const memory = source('max-memory', 'COPPICE_MAX_MEMORY', variables.maxMemory);
  return {
    repo: declared('repo') ? options.string('repo') : undefined,
    engine: oneOf(ENGINES, source('engine', 'COPPICE_ENGINE', variables.engine), 'auto'),
    threads: numberOf(source('threads', 'COPPICE_THREADS', variables.threads), THREADS),
    maxMemoryBytes: memory === undefined ? undefined : parseSize(memory.value, memory.name),
    nice: numberOf(source('nice', 'COPPICE_NICE', variables.nice), NICE),
    ioPriority: ionice === undefined ? undefined : parseIoPriority(ionice.value, ionice.name),
    cpuPercent: numberOf(source('cpu-percent', 'COPPICE_CPU_PERCENT', variables.cpuPercent), PERCENT),
    json: declared('json') && options.flag('json'),
    progress: oneOf(PROGRESS, source('progress'), 'auto'),
    verbose: options.flag('verbose'),
  };
}
