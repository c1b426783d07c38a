import type { Checksum } from '../../base/checksum.ts';
import { isCoppiceError } from '../../base/errors.ts';
import { readCommit } from '../../format/object/commit.ts';
import type { Commit } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { corruptObject } from '../../repo/object-fault.ts';
import { objectPath, readMetadataObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

/** A commit with the bytes it was read from. */
export interface LoadedCommit {
  readonly checksum: Checksum;
  readonly bytes: Uint8Array;
  readonly commit: Commit;
}

/** Reads a commit; throws OBJECT_MISSING, or OBJECT_CORRUPT when the bytes are no commit. */
export function loadCommit(repo: Repo, checksum: Checksum): LoadedCommit {
  return parseLoaded(repo, checksum, readMetadataObject(repo, OBJECT_TYPE.commit, checksum));
}

export function parseLoaded(repo: Repo, checksum: Checksum, bytes: Uint8Array): LoadedCommit {
  return { checksum, bytes, commit: parseCommit(repo, checksum, bytes) };
}

function parseCommit(repo: Repo, checksum: Checksum, bytes: Uint8Array): Commit {
  try {
    return readCommit(bytes);
  } catch (error) {
    if (!isCoppiceError(error, 'FORMAT_INVALID')) throw error;
    throw corruptObject(OBJECT_TYPE.commit, checksum, { path: objectPath(repo, OBJECT_TYPE.commit, checksum), cause: error });
  }
}
