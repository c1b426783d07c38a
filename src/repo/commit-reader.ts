import { checksumToBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { isCoppiceError } from '../base/errors.ts';
import { VERIFY } from '../engine/engine.ts';
import type { ReadMetadataResult } from '../engine/engine.ts';
import { readCommit } from '../format/object/commit.ts';
import type { Commit } from '../format/object/commit.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { failureError } from './failure-error.ts';
import { metadataSource } from './metadata-source.ts';
import { corruptObject } from './object-fault.ts';
import type { Repo } from './repo.ts';

const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Reads commits, each verified against its checksum; undefined for those that are not there, here or in a parent.
 * Throws OBJECT_CORRUPT for one that is damaged.
 */
export function readVerifiedCommits(repo: Repo, checksums: readonly Checksum[]): (Commit | undefined)[] {
  const commits: (Commit | undefined)[] = [];
  while (commits.length < checksums.length) {
    const rest = checksums.slice(commits.length);
    const bytes = Buffer.concat(rest.map((checksum) => checksumToBytes(checksum)));
    const batch = { source: metadataSource(repo), objectType: OBJECT_TYPE.commit, checksums: bytes, limitBytes: BATCH_BYTES };
    const read = repo.engine.readMetadata(batch);
    for (let index = 0; index < read.outcomes.length; index++) commits.push(parse(rest, read, index));
  }
  return commits;
}

function parse(checksums: readonly Checksum[], read: ReadMetadataResult, index: number): Commit | undefined {
  const { outcomes, bytes, ends, failures } = read;
  const checksum = checksums[index];
  if (outcomes[index] === VERIFY.missing || checksum === undefined) return undefined;
  const failure = failures.find((told) => told.index === index);
  const path = failure?.path ?? '';
  if (outcomes[index] === VERIFY.corrupt) throw corruptObject(OBJECT_TYPE.commit, checksum, { path, cause: failure?.message });
  if (failure !== undefined) throw failureError(failure);
  try {
    return readCommit(bytes.subarray(ends[index - 1] ?? 0, ends[index]));
  } catch (cause) {
    throw isCoppiceError(cause) ? corruptObject(OBJECT_TYPE.commit, checksum, { path, cause }) : cause;
  }
}

