import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { readMetadataIfPresent, readMetadataObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { parseLoaded } from './load-commit.ts';
import type { LoadedCommit } from './load-commit.ts';

/** Whether a history goes back to its first commit, or to one whose parent is not in the repository. */
export type HistoryEnd = 'complete' | 'truncated';

/** A commit and its ancestors, newest first. Throws OBJECT_MISSING only for the first one. */
export function* historyOf(repo: Repo, start: Checksum): Generator<LoadedCommit, HistoryEnd> {
  let next: Checksum | undefined = start;
  while (next !== undefined) {
    const bytes = readAncestor(repo, next, next === start);
    if (bytes === undefined) return 'truncated';
    const loaded: LoadedCommit = parseLoaded(repo, next, bytes);
    yield loaded;
    next = loaded.commit.parent;
  }
  return 'complete';
}

function readAncestor(repo: Repo, checksum: Checksum, first: boolean): Uint8Array | undefined {
  return first ? readMetadataObject(repo, OBJECT_TYPE.commit, checksum) : readMetadataIfPresent(repo, OBJECT_TYPE.commit, checksum);
}
