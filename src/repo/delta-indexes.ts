import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Checksum } from '../base/checksum.ts';
import { fromNodeError } from '../base/errors.ts';
import { writeDeltaIndex } from '../format/summary.ts';
import type { ListedDelta } from '../format/summary.ts';
import { setConfigFlag } from './config-flag.ts';
import { deltasPath } from './layout.ts';
import { replaceRepoFile } from './replace-repo-file.ts';
import type { Repo } from './repo.ts';
import { deltaIndexPath, listDeltaIndexes, listStaticDeltas } from './static-deltas.ts';
import type { StoredDelta } from './static-deltas.ts';

/** A static delta and what lists say of it. */
export interface IndexedDelta extends ListedDelta {
  readonly to: Checksum;
}

/**
 * Writes the index of every commit that static deltas lead to, removes those of other commits, and has the config say
 * that deltas are indexed. Superblocks are read whole, one after the other. To be called under the lock.
 */
export function reindexDeltas(repo: Repo): IndexedDelta[] {
  const deltas = listStaticDeltas(repo).map((delta) => digestDelta(repo, delta));
  const targets = new Map<Checksum, IndexedDelta[]>();
  for (const delta of deltas) targets.set(delta.to, [...(targets.get(delta.to) ?? []), delta]);
  for (const to of listDeltaIndexes(repo)) if (!targets.has(to)) removeIndex(repo, to);
  for (const [to, leading] of targets) writeIndex(repo, to, leading);
  if (!repo.config.indexedDeltas) setConfigFlag(repo, 'indexed-deltas');
  return deltas;
}

function digestDelta(repo: Repo, { directory, from, to }: StoredDelta): IndexedDelta {
  const path = `${deltasPath(repo.path)}/${directory}/superblock`;
  try {
    const superblock = repo.engine.digest('sha256', readFileSync(path));
    return { name: from === undefined ? to : `${from}-${to}`, superblock, to };
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

function removeIndex(repo: Repo, to: Checksum): void {
  const path = deltaIndexPath(repo, to);
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

/** libostree puts them into the dictionary in the order of a hash of addresses, so that no order is its own. */
function byName(a: IndexedDelta, b: IndexedDelta): number {
  return a.name < b.name ? -1 : 1;
}

function writeIndex(repo: Repo, to: Checksum, deltas: readonly IndexedDelta[]): void {
  const path = deltaIndexPath(repo, to);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw fromNodeError(error, path);
  }
  replaceRepoFile(repo, path, writeDeltaIndex(deltas.toSorted(byName)));
}
