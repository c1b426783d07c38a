import type { GlobalSettings, OptionSpec, ParsedOptions } from './command.ts';
import type { CoppiceVariables } from './env.ts';
import { parseSize } from './parse-size.ts';
import { badUsage } from './usage-error.ts';

const ENGINES = ['auto', 'native', 'wasm', 'js'] as const;
const PROGRESS = ['auto', 'plain', 'json', 'none'] as const;
const MAX_THREADS = 256;

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

function threadsOf(source: Source | undefined): number | undefined {
  if (source === undefined) return undefined;
  const threads = /^[0-9]+$/.test(source.value) ? Number(source.value) : NaN;
  if (threads <= MAX_THREADS) return threads;
  throw badUsage(`Invalid value '${source.value}' for ${source.name}`, `it is a number from 0 to ${MAX_THREADS}`);
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
  const memory = source('max-memory', 'COPPICE_MAX_MEMORY', variables.maxMemory);
  return {
    repo: declared('repo') ? options.string('repo') : undefined,
    engine: oneOf(ENGINES, source('engine', 'COPPICE_ENGINE', variables.engine), 'auto'),
    threads: threadsOf(source('threads', 'COPPICE_THREADS', variables.threads)),
    maxMemoryBytes: memory === undefined ? undefined : parseSize(memory.value, memory.name),
    json: declared('json') && options.flag('json'),
    progress: oneOf(PROGRESS, source('progress'), 'auto'),
    verbose: options.flag('verbose'),
  };
}
