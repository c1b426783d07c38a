import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { checksumFromBytes } from '../../../base/checksum.ts';
import { CoppiceError, fromNodeError } from '../../../base/errors.ts';
import { readCommit } from '../../../format/object/commit.ts';
import { readDirmeta } from '../../../format/object/dirmeta.ts';
import { readDirtree } from '../../../format/object/dirtree.ts';
import { OBJECT_TYPE } from '../../../format/object/object-type.ts';
import type { ObjectType } from '../../../format/object/object-type.ts';
import { removeTombstone } from '../../../repo/commit-state.ts';
import { readDetachedMetadata, writeCommitmetaFile } from '../../../repo/detached-metadata.ts';
import { objectPath, readMetadataObject } from '../../../repo/object-reader.ts';
import { replaceRepoFile } from '../../../repo/replace-repo-file.ts';
import type { Repo } from '../../../repo/repo.ts';
import type { Problem } from '../problem.ts';

type Subject = Pick<Problem, 'checksum' | 'type'>;

const PARSERS: ReadonlyMap<ObjectType, (bytes: Uint8Array) => unknown> = new Map<ObjectType, (bytes: Uint8Array) => unknown>([
  [OBJECT_TYPE.commit, readCommit],
  [OBJECT_TYPE.dirtree, readDirtree],
  [OBJECT_TYPE.dirmeta, readDirmeta],
]);

/**
 * Replaces a metadata object by the source's, if that is sound: it has its name's hash and is an object of its type. A
 * commit brings its detached metadata where that is lost.
 */
export function healFromRepository(repo: Repo, subject: Subject, source: Repo): boolean {
  const bytes = readSound(repo, subject, source);
  if (bytes === undefined) return false;
  replaceObject(repo, subject, bytes);
  if (subject.type === OBJECT_TYPE.commit) restoreCommit(repo, subject, source);
  return true;
}

/** Puts the bytes in the object's place, whatever is there now; readers see the old file or the new one. */
export function replaceObject(repo: Repo, { type, checksum }: Subject, bytes: Uint8Array): void {
  const path = objectPath(repo, type, checksum);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o775 });
  } catch (error) {
    throw fromNodeError(error, path);
  }
  replaceRepoFile(repo, path, bytes);
}

function readSound(repo: Repo, { type, checksum }: Subject, source: Repo): Uint8Array | undefined {
  try {
    const bytes = readMetadataObject(source, type, checksum);
    if (checksumFromBytes(repo.engine.digest(repo.algorithm, bytes)) !== checksum) return undefined;
    PARSERS.get(type)?.(bytes);
    return bytes;
  } catch (error) {
    if (error instanceof CoppiceError) return undefined;
    throw error;
  }
}

function restoreCommit(repo: Repo, { checksum }: Subject, source: Repo): void {
  const detached = readDetachedMetadata(repo, checksum) === undefined ? readDetachedMetadata(source, checksum) : undefined;
  if (detached !== undefined) writeCommitmetaFile(repo, checksum, detached, repo.config.fsync);
  removeTombstone(repo, checksum);
}
