import { rmSync } from 'node:fs';
import { fromNodeError } from '../../base/errors.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { readDirectory } from '../../fs/read-dir.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import { cachedSummariesPath, deltasPath } from '../../repo/layout.ts';
import { hasObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { listStaticDeltas } from '../../repo/static-deltas.ts';
import type { StoredDelta } from '../../repo/static-deltas.ts';

const SIGNATURE = '.sig';

/** Removes the static deltas to commits that are gone; their directories come back. */
export function removeStaleDeltas(repo: Repo): string[] {
  return removeDeltas(repo, ({ to }) => !hasObject(repo, OBJECT_TYPE.commit, to));
}

/** Removes the static deltas from and to a commit. */
export function removeDeltasOf(repo: Repo, commit: string): string[] {
  return removeDeltas(repo, ({ from, to }) => from === commit || to === commit);
}

function removeDeltas(repo: Repo, isStale: (delta: StoredDelta) => boolean): string[] {
  const stale = listStaticDeltas(repo).filter(isStale);
  for (const { directory } of stale) removeTree(`${deltasPath(repo.path)}/${directory}`);
  return stale.map(({ directory }) => directory);
}

/** Removes cached summaries of remotes that the config does not have any more. */
export function removeStaleSummaries(repo: Repo): void {
  const remotes = new Set(repo.config.remotes);
  const directory = cachedSummariesPath(repo.path);
  for (const { name } of readDirectory(directory)) {
    const remote = name.length > SIGNATURE.length && name.endsWith(SIGNATURE) ? name.slice(0, -SIGNATURE.length) : name;
    if (remotes.has(remote)) continue;
    try {
      rmSync(`${directory}/${name}`, { force: true });
    } catch (error) {
      throw fromNodeError(error, `${directory}/${name}`);
    }
  }
}
