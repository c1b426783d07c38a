import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { isChecksum } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { errnoOf, fromNodeError } from '../base/errors.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { writeTombstone } from '../format/object/tombstone.ts';
import { readDirectory } from '../fs/read-dir.ts';
import { PARTIAL_SUFFIX, partialMarkerPath, statePath } from './layout.ts';
import { objectPath } from './object-reader.ts';
import { replaceRepoFile } from './replace-repo-file.ts';
import type { Repo } from './repo.ts';

/** Why a commit may lack objects: a pull is under way or was cut off, or fsck found some bad. */
export type PartialReason = 'pull' | 'fsck';

/** What the marker holds when fsck made it; a pull's is empty. */
const FSCK_MARK = 'f';

/** Why the commit must not be taken for complete; undefined when it may be. */
export function partialReason(repo: Repo, commit: Checksum): PartialReason | undefined {
  const path = partialMarkerPath(repo.path, commit);
  try {
    return readFileSync(path, 'latin1').startsWith(FSCK_MARK) ? 'fsck' : 'pull';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromNodeError(error, path);
  }
}

export function isPartialCommit(repo: Repo, commit: Checksum): boolean {
  return partialReason(repo, commit) !== undefined;
}

/** The commits that are marked, sorted. */
export function listPartialCommits(repo: Repo): Checksum[] {
  return readDirectory(statePath(repo.path)).flatMap(({ name }) => {
    const commit = name.endsWith(PARTIAL_SUFFIX) ? name.slice(0, -PARTIAL_SUFFIX.length) : '';
    return isChecksum(commit) ? [commit] : [];
  });
}

/** Marks the commit before its object is written, or once it is known to lack some. */
export function markPartial(repo: Repo, commit: Checksum, reason: PartialReason): void {
  const content = reason === 'fsck' ? FSCK_MARK : '';
  replaceRepoFile(repo, partialMarkerPath(repo.path, commit), content);
}

/** The commit is complete; one that is not marked is fine. */
export function clearPartial(repo: Repo, commit: Checksum): void {
  removeFile(partialMarkerPath(repo.path, commit));
}

/** Leaves word that the commit was deleted on purpose. */
export function leaveTombstone(repo: Repo, commit: Checksum): void {
  const path = objectPath(repo, OBJECT_TYPE.tombstoneCommit, commit);
  mkdirSync(dirname(path), { recursive: true });
  replaceRepoFile(repo, path, writeTombstone(commit));
}

/** The commit is back. */
export function removeTombstone(repo: Repo, commit: Checksum): void {
  removeFile(objectPath(repo, OBJECT_TYPE.tombstoneCommit, commit));
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
