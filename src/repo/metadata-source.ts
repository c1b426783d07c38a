import type { ObjectSource } from '../engine/engine.ts';
import { objectsPath } from './layout.ts';
import type { Repo } from './repo.ts';

/** Where the engine reads metadata: this repository and all its parents, whatever their modes. */
export function metadataSource(repo: Repo): ObjectSource {
  const objects: string[] = [];
  for (let at: Repo | undefined = repo; at !== undefined; at = at.parent) objects.push(objectsPath(at.path));
  return { mode: repo.mode, algorithm: repo.algorithm, objects };
}
