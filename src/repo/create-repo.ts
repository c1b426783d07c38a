import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { CoppiceError, errnoOf, errnoWords, fromNodeError } from '../base/errors.ts';
import { objectFormatConfigText } from '../format/object/repo-mode.ts';
import type { ObjectAlgorithm, RepoMode } from '../format/object/repo-mode.ts';
import { parseCollectionId } from '../format/ref-name.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { replaceFile } from '../fs/tmp-file.ts';
import { cachePath, configPath, INITIAL_DIRECTORIES, objectsPath } from './layout.ts';

export interface CreateRepoOptions {
  /** Default `bare`. */
  readonly mode?: RepoMode | undefined;
  /** What names the objects. Default `sha256`; libostree refuses a repository with another one. */
  readonly algorithm?: ObjectAlgorithm | undefined;
  /** A reverse domain name that the refs belong to. */
  readonly collectionId?: string | undefined;
  /** Leaves `tmp/cache` out. Default false. */
  readonly skipCache?: boolean;
}

const DIRECTORY_MODE = 0o775;

/**
 * Makes an empty repository at `path`, whose parent exists, as `ostree init` does. A complete one stays as it is,
 * its mode and algorithm too; an incomplete one is completed. `objects` is made last: having it is being a repository.
 */
export function createRepo(path: string, options: CreateRepoOptions = {}): void {
  const text = initialConfig(options);
  if (statSync(objectsPath(path), { throwIfNoEntry: false }) !== undefined) return;
  makeRoot(path);
  for (const name of INITIAL_DIRECTORIES) makeDirectory(`${path}/${name}`);
  if (lstatSync(configPath(path), { throwIfNoEntry: false }) === undefined) {
    replaceFile(configPath(path), text, { fsync: fsyncPolicy(true) });
  }
  if (options.skipCache !== true) makeDirectory(cachePath(path));
  makeDirectory(objectsPath(path));
}

function initialConfig({ mode = 'bare', algorithm = 'sha256', collectionId }: CreateRepoOptions): string {
  const lines = ['[core]', 'repo_version=1', `mode=${objectFormatConfigText({ mode, algorithm })}`];
  if (collectionId !== undefined) lines.push(`collection-id=${parseCollectionId(collectionId)}`);
  return `${lines.join('\n')}\n`;
}

function makeRoot(path: string): void {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'EEXIST' && statSync(path).isDirectory()) return;
    const facts = { path, errno, syscall: 'mkdirat' };
    throw new CoppiceError('SYSTEM', `Creating repo: mkdirat: ${errnoWords(errno)}`, { facts, cause: error });
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    throw fromNodeError(error, path);
  }
}
