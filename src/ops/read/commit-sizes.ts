import { CoppiceError } from '../../base/errors.ts';
import { findMetadata } from '../../format/object/commitmeta.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import { readSizes, SIZES_KEY } from '../../format/object/sizes.ts';
import type { SizeEntry } from '../../format/object/sizes.ts';
import type { Commit } from '../../format/object/commit.ts';
import { hasObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

export interface SizeSum {
  readonly archivedBytes: number;
  readonly unpackedBytes: number;
  readonly objects: number;
}

/** What a commit's objects take, as its `ostree.sizes` tells; `needed` counts those that the repository lacks. */
export interface CommitSizes {
  readonly total: SizeSum;
  readonly needed: SizeSum;
}

/** Throws PATH_NOT_FOUND when the commit was made without sizes. */
export function commitSizes(repo: Repo, commit: Commit): CommitSizes {
  const variant = findMetadata(commit.metadata, SIZES_KEY);
  if (variant === undefined) throw new CoppiceError('PATH_NOT_FOUND', `No metadata key ${SIZES_KEY} in commit`);
  const entries = readSizes(variant);
  return { total: sumUp(entries), needed: sumUp(entries.filter((entry) => !isPresent(repo, entry))) };
}

const KNOWN_TYPES: readonly ObjectType[] = [OBJECT_TYPE.file, OBJECT_TYPE.dirtree, OBJECT_TYPE.dirmeta];

/** Old commits do not tell the type. */
function isPresent(repo: Repo, { checksum, type }: SizeEntry): boolean {
  const types = type === undefined ? KNOWN_TYPES : [type];
  return types.some((candidate) => hasObject(repo, candidate, checksum));
}

function sumUp(entries: readonly SizeEntry[]): SizeSum {
  return entries.reduce(
    (sum, entry) => ({
      archivedBytes: sum.archivedBytes + entry.archivedBytes,
      unpackedBytes: sum.unpackedBytes + entry.unpackedBytes,
      objects: sum.objects + 1,
    }),
    { archivedBytes: 0, unpackedBytes: 0, objects: 0 },
  );
}
