/** Who takes part: coppice with one engine, C ostree (the referee), the floor program, or git where it has a like verb. */
export interface Contender {
  readonly role: 'coppice' | 'ostree' | 'floor' | 'git';
  /** How tables call it: the engine's name, `ostree`, `floor`, `git`. Unique among the contenders. */
  readonly label: string;
  /** Of coppice: its engine. */
  readonly engine?: string;
  /** The whole command line for a verb and its words. */
  argv(...words: readonly string[]): readonly string[];
}

/** The engine word that passes no `--engine`, for a program that knows none. */
export const PLAIN_ENGINE = 'plain';

export interface CoppiceOptions {
  /** Program and first words, by default `node dist/cli.js`. */
  readonly command: readonly string[];
  readonly threads?: number;
  /** Words for every run besides. */
  readonly flags?: readonly string[];
  /** Default: the engine's name. */
  readonly label?: string;
}

export function coppiceContender(engine: string, { command, threads, flags: more = [], label = engine }: CoppiceOptions): Contender {
  const flags = [...(engine === PLAIN_ENGINE ? [] : [`--engine=${engine}`]), ...(threads === undefined ? [] : [`--threads=${threads}`]), ...more];
  return { role: 'coppice', label, engine, argv: (verb = '', ...words) => [...command, verb, ...flags, ...words] };
}

export const ostreeContender: Contender = { role: 'ostree', label: 'ostree', argv: (...words) => ['ostree', ...words] };

export function floorContender(program: string, threads?: number): Contender {
  const flags = threads === undefined ? [] : [`--threads=${Math.max(1, threads)}`];
  return { role: 'floor', label: 'floor', argv: (...words) => [program, ...flags, ...words] };
}

/** Programs that know what a repository is; the others only do comparable work. */
export function isStore({ role }: Contender): boolean {
  return role === 'coppice' || role === 'ostree';
}

export const gitContender: Contender = { role: 'git', label: 'git', argv: (...words) => ['git', ...words] };

/** The name of a contender's own directory. */
export function roomName({ label }: Contender): string {
  return label.replaceAll('/', '-');
}

/** Whether the engine reads and writes extended attributes, which modes bare and bare-user need. */
export function hasXattrs(contender: Contender): boolean {
  return contender.engine !== 'wasm' && contender.engine !== 'js';
}
