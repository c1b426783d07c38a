import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, errnoWords, isCoppiceError } from '../../base/errors.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { leaveTombstone } from '../../repo/commit-state.ts';
import { deleteObject } from '../../repo/delete-object.ts';
import type { Repo } from '../../repo/repo.ts';
import { readKnownRefs } from './keep-rules.ts';
import { enableTombstones } from '../../repo/enable-tombstones.ts';

/**
 * Deletes one commit object and leaves a tombstone, for which the config is changed. Throws USAGE when a ref leads to it
 * directly, OBJECT_MISSING when it is not there; the config is changed by then, as in libostree.
 */
export function deleteCommit(repo: Repo, word: string): Checksum {
  for (const { refspec, collectionId, checksum } of readKnownRefs(repo)) {
    if (checksum !== word) continue;
    const shown = collectionId === undefined ? `'${refspec}'` : `(${collectionId}, ${refspec})`;
    throw new CoppiceError('USAGE', `Commit '${word}' is referenced by ${shown}`, { facts: { checksum: word, refspec } });
  }
  enableTombstones(repo);
  if (!isChecksum(word)) throw notThere(word);
  try {
    deleteObject(repo, OBJECT_TYPE.commit, word);
  } catch (error) {
    throw isCoppiceError(error, 'OBJECT_MISSING') ? notThere(word) : error;
  }
  leaveTombstone(repo, word);
  return word;
}

/** libostree's words, with the path as it puts it together from what is no checksum. */
function notThere(word: string): CoppiceError {
  const path = word.length < 2 ? word : `${word.slice(0, 2)}/${word.slice(2)}.commit`;
  const message = `Deleting object ${word}.commit: unlinkat(${path}): ${errnoWords('ENOENT')}`;
  return new CoppiceError('OBJECT_MISSING', message, { facts: { checksum: word } });
}
