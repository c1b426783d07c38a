import { mkdirSync, openSync, closeSync, constants, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CoppiceError, errnoOf, errnoWords } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { DigestAlgorithm, Engine, ObjectSource, StoreMode } from '../engine/engine.ts';
import { parseKeyfile } from '../format/keyfile.ts';
import type { Keyfile } from '../format/keyfile.ts';
import { readConfig } from './config.ts';
import type { RepoConfig } from './config.ts';
import { cachePath, configPath, objectsPath } from './layout.ts';

export interface RepoOptions {
  /** Opens without making the missing `tmp/cache`, where caches then do without. Default false. */
  readonly skipCache?: boolean;
}

interface RepoParts {
  readonly path: string;
  readonly config: RepoConfig;
  readonly keyfile: Keyfile;
  readonly engine: Engine;
  readonly parent: Repo | undefined;
  readonly options: RepoOptions;
}

/** Parents of parents are followed this far; more is a circle. */
const MAX_PARENTS = 16;

/** An open repository: where it lies, what its config says, and the engine that works on it. Verbs are elsewhere. */
export class Repo {
  readonly path: string;
  readonly config: RepoConfig;
  /** The config as it was read, for settings that only one verb knows. */
  readonly keyfile: Keyfile;
  readonly mode: StoreMode;
  /** What names its objects, and those of its parents. */
  readonly algorithm: DigestAlgorithm;
  readonly engine: Engine;
  /** Asked for objects and refs that this repository lacks. */
  readonly parent: Repo | undefined;
  /** Where the engine reads content objects: this repository, then those of its parents that have the same mode. */
  readonly objectSource: ObjectSource;
  /** What it was opened with, for opening it or another one again. */
  readonly options: RepoOptions;

  private constructor({ path, config, keyfile, engine, parent, options }: RepoParts) {
    this.path = path;
    this.config = config;
    this.keyfile = keyfile;
    this.mode = config.mode;
    this.algorithm = config.algorithm;
    this.engine = engine;
    this.parent = parent;
    this.options = options;
    const inherited = parent?.mode === config.mode ? parent.objectSource.objects : [];
    this.objectSource = { mode: config.mode, algorithm: this.algorithm, objects: [objectsPath(path), ...inherited] };
  }

  /**
   * Opens the repository at `path` and its parents. Throws NOT_A_REPOSITORY where there is none, REPO_UNSUPPORTED
   * for a config that this program cannot handle, with libostree's words, and for a parent whose objects have other names.
   */
  static open(path: string, engine: Engine, options: RepoOptions = {}): Repo {
    return openAt(path, { engine, options, build: (parts) => new Repo(parts), depth: MAX_PARENTS });
  }
}

/** What is the same for a repository and its parents, and how many of these may follow. */
interface Opening {
  readonly engine: Engine;
  readonly options: RepoOptions;
  readonly build: (parts: RepoParts) => Repo;
  readonly depth: number;
}

function openAt(path: string, opening: Opening): Repo {
  const { engine, options, build } = opening;
  try {
    assertDirectory(path, path);
    assertDirectory(objectsPath(path), 'objects');
    const keyfile = readKeyfile(path);
    const config = readConfig(keyfile);
    if (options.skipCache !== true) makeCache(path);
    return build({ path, config, keyfile, engine, options, parent: openParent(config, opening) });
  } catch (error) {
    throw reworded(error, (message) => `opening repo: ${message}`, { path });
  }
}

function openParent(config: RepoConfig, opening: Opening): Repo | undefined {
  if (config.parent === undefined) return undefined;
  const absolute = resolve(config.parent);
  if (opening.depth === 0) throw new CoppiceError('REPO_UNSUPPORTED', `parent repositories form a circle at '${absolute}'`);
  try {
    const parent = openAt(absolute, { ...opening, depth: opening.depth - 1 });
    assertSameNames(config.algorithm, parent.algorithm);
    return parent;
  } catch (error) {
    throw reworded(error, (message) => `While checking parent repository '${absolute}': ${message}`);
  }
}

/** One checksum means one object in the whole chain. */
function assertSameNames(own: DigestAlgorithm, inherited: DigestAlgorithm): void {
  if (own === inherited) return;
  throw new CoppiceError('REPO_UNSUPPORTED', `its objects are named by ${inherited}, not by ${own}`);
}

/** libostree's words where `path` is no directory; any other fault is one of the disk, and names the whole path. */
function assertDirectory(path: string, shown: string): void {
  const errno = directoryFault(path);
  if (errno === undefined) return;
  const named = errno === 'ENOENT' || errno === 'ENOTDIR' ? shown : path;
  throw new CoppiceError('NOT_A_REPOSITORY', `opendir(${named}): ${errnoWords(errno)}`, { facts: { path, errno } });
}

function directoryFault(path: string): string | undefined {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}

function readKeyfile(path: string): Keyfile {
  const text = readConfigText(path);
  try {
    return parseKeyfile(text);
  } catch (error) {
    throw reworded(error, (message) => `Couldn't parse config file: ${message}`);
  }
}

function readConfigText(path: string): string {
  const config = configPath(path);
  try {
    if (statSync(config).isFile()) return readFileSync(config, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const code: ErrorCode = errno === 'ENOENT' ? 'NOT_A_REPOSITORY' : 'SYSTEM';
    const shown = errno === 'ENOENT' ? 'config' : config;
    throw new CoppiceError(code, `openat(${shown}): ${errnoWords(errno)}`, { facts: { path: config, errno }, cause: error });
  }
  throw new CoppiceError('NOT_A_REPOSITORY', errnoWords('EISDIR'), { facts: { path: config } });
}

/** Makes `tmp/cache`, as every opening of a writable repository does; a read-only one does without. */
function makeCache(path: string): void {
  try {
    mkdirSync(cachePath(path), { recursive: true, mode: 0o775 });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function reworded(error: unknown, words: (message: string) => string, facts: { path?: string } = {}): unknown {
  if (!(error instanceof CoppiceError)) return error;
  const code: ErrorCode = error.code === 'FORMAT_INVALID' ? 'REPO_UNSUPPORTED' : error.code;
  return new CoppiceError(code, words(error.message), {
    facts: { ...facts, ...error.facts },
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}
