import { lstatSync, rmSync, unlinkSync } from 'node:fs';
import type { Checksum } from '../base/checksum.ts';
import { errnoOf, fromNodeError } from '../base/errors.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { leaveTombstone } from './commit-state.ts';
import { missingObject } from './object-fault.ts';
import { objectPath } from './object-reader.ts';
import type { Repo } from './repo.ts';

/**
 * Removes a loose object of this repository; the bytes it took come back. Throws OBJECT_MISSING when it is not there.
 * A commit loses its detached metadata too, and leaves a tombstone where the config asks for one.
 *
 * To be called under an exclusive lock: somebody may be writing a commit that uses the object.
 */
export function deleteObject(repo: Repo, type: ObjectType, checksum: Checksum): number {
  const path = objectPath(repo, type, checksum);
  try {
    const { size } = lstatSync(path);
    if (type === OBJECT_TYPE.commit) rmSync(objectPath(repo, OBJECT_TYPE.commitmeta, checksum), { force: true });
    unlinkSync(path);
    if (type === OBJECT_TYPE.commit && repo.config.tombstoneCommits) leaveTombstone(repo, checksum);
    return size;
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? missingObject(type, checksum) : fromNodeError(error, path);
  }
}
