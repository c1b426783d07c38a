/** Who takes part: coppice with one engine, C ostree (the referee), or the floor program. */
export interface Contender {
  readonly role: 'coppice' | 'ostree' | 'floor';
  /** How tables call it: the engine's name, `ostree`, `floor`. Unique among the contenders. */
  readonly label: string;
  /** The whole command line for a verb and its words. */
  argv(...words: readonly string[]): readonly string[];
}

/** The engine word that passes no `--engine`, for a program that knows none. */
export const PLAIN_ENGINE = 'plain';

export interface CoppiceOptions {
  /** Program and first words, by default `node dist/cli.js`. */
  readonly command: readonly string[];
  readonly threads?: number;
}

export function coppiceContender(engine: string, { command, threads }: CoppiceOptions): Contender {
  const flags = [...(engine === PLAIN_ENGINE ? [] : [`--engine=${engine}`]), ...(threads === undefined ? [] : [`--threads=${threads}`])];
  return { role: 'coppice', label: engine, argv: (verb = '', ...words) => [...command, verb, ...flags, ...words] };
}

export const ostreeContender: Contender = { role: 'ostree', label: 'ostree', argv: (...words) => ['ostree', ...words] };

export function floorContender(program: string, threads?: number): Contender {
  const flags = threads === undefined ? [] : [`--threads=${Math.max(1, threads)}`];
  return { role: 'floor', label: 'floor', argv: (...words) => [program, ...flags, ...words] };
}

/** Whether the engine reads and writes extended attributes, which modes bare and bare-user need. */
export function hasXattrs(contender: Contender): boolean {
  return contender.label !== 'wasm' && contender.label !== 'js';
}
