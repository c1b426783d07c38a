import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Checksum } from '../base/checksum.ts';
import { fromNodeError } from '../base/errors.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { readMetadataIfPresent } from './metadata-reader.ts';
import { objectPath } from './object-location.ts';
import { replaceRepoFile } from './replace-repo-file.ts';
import type { Repo } from './repo.ts';

/** The detached metadata of a commit, a serialised `a{sv}`; undefined when it has none. It may change any time. */
export function readDetachedMetadata(repo: Repo, commit: Checksum): Uint8Array | undefined {
  return readMetadataIfPresent(repo, OBJECT_TYPE.commitmeta, commit);
}

/** Replaces the `.commitmeta` of a commit whole, or removes it; unlike other objects it is not named by its content. */
export function writeCommitmetaFile(repo: Repo, commit: Checksum, bytes: Uint8Array | undefined, fsync: boolean): void {
  const path = objectPath(repo, OBJECT_TYPE.commitmeta, commit);
  try {
    if (bytes === undefined) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o775 });
  } catch (error) {
    throw fromNodeError(error, path);
  }
  replaceRepoFile(repo, path, bytes, fsyncPolicy(fsync));
}
