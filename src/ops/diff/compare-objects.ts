import { lstatSync } from 'node:fs';
import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, errnoWords } from '../../base/errors.ts';
import { objectTypeName } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import { findObject } from '../../repo/object-reader.ts';
import { ReachableSet } from '../../repo/reachable-set.ts';
import type { Repo } from '../../repo/repo.ts';
import { reachableFrom, traverseCommit } from '../../repo/traverse.ts';

/** How many objects two commits have, alone and together; their parents do not count. */
export interface ObjectComparison {
  readonly left: number;
  readonly right: number;
  readonly common: number;
  /** Bytes that the common objects take in the repository. */
  readonly commonBytes: number;
}

/** Throws OBJECT_MISSING for a dirtree, or a common object, that is not there. */
export function compareObjects(repo: Repo, left: Checksum, right: Checksum): ObjectComparison {
  const before = reachableFrom(repo, left);
  const after = new ReachableSet();
  let [common, commonBytes] = [0, 0];
  const visit = (type: ObjectType, checksum: Uint8Array): void => {
    if (!before.has(type, checksum)) return;
    common += 1;
    commonBytes += storedBytes(repo, type, checksumFromBytes(checksum));
  };
  traverseCommit(repo, right, after, { visit });
  return { left: before.size, right: after.size, common, commonBytes };
}

function storedBytes(repo: Repo, type: ObjectType, checksum: Checksum): number {
  const found = findObject(repo, type, checksum);
  if (found !== undefined) return lstatSync(found.path).size;
  const objectType = objectTypeName(type);
  const message = `Querying object ${checksum}.${objectType}: ${errnoWords('ENOENT')}`;
  throw new CoppiceError('OBJECT_MISSING', message, { facts: { checksum, objectType } });
}
