import { statSync } from 'node:fs';
import { CoppiceError, fromNodeError } from '../../../base/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import { configPath, objectsPath } from '../../../repo/layout.ts';
import { Repo } from '../../../repo/repo.ts';

/** Where sound objects may be had: another repository, or a directory tree whose files are hashed to find some. */
export type RepairSource =
  | { readonly kind: 'repository'; readonly path: string; readonly repo: Repo }
  | { readonly kind: 'tree'; readonly path: string };

/** What lies at `path`: a repository where there is a config and objects, else a tree. Throws when it is no directory. */
export function openRepairSource(path: string, engine: Engine): RepairSource {
  if (isThere(configPath(path)) && isThere(objectsPath(path))) return { kind: 'repository', path, repo: Repo.open(path, engine) };
  if (isDirectoryAt(path)) return { kind: 'tree', path };
  throw new CoppiceError('PATH_INVALID', `"${path}" is neither a repository nor a directory tree`, { facts: { path } });
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isDirectoryAt(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
