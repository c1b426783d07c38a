import { lstatSync } from 'node:fs';
import type { Checksum } from '../base/checksum.ts';
import { fromNodeError } from '../base/errors.ts';
import { looseObjectPath } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { objectsPath } from './layout.ts';
import type { Repo } from './repo.ts';

/** A repository of the chain, and the object's file in it. */
export interface ObjectLocation {
  readonly repo: Repo;
  readonly path: string;
}

/** Where this repository itself keeps the object, whether it is there or not. */
export function objectPath(repo: Repo, type: ObjectType, checksum: Checksum): string {
  return `${objectsPath(repo.path)}/${looseObjectPath(checksum, type, repo.mode === 'archive')}`;
}

/** The repository that has the object: this one, else the nearest parent. */
export function findObject(repo: Repo, type: ObjectType, checksum: Checksum): ObjectLocation | undefined {
  for (let at: Repo | undefined = repo; at !== undefined; at = at.parent) {
    const path = objectPath(at, type, checksum);
    if (exists(path)) return { repo: at, path };
  }
  return undefined;
}

export function hasObject(repo: Repo, type: ObjectType, checksum: Checksum): boolean {
  return findObject(repo, type, checksum) !== undefined;
}

/** Symlinks count: content of bare repositories may be one, wherever it leads. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
