import { parseCollectionId, parseRefName } from '../format/ref-name.ts';
import type { CollectionRef } from '../repo/collection-refs.ts';
import { usageError } from './usage-error.ts';

/** Reads `COLLECTION-ID REF [COLLECTION-ID REF...]`; throws USAGE for an incomplete line and REF_INVALID for a bad name. */
export function readCollectionRefs(words: readonly string[]): CollectionRef[] {
  if (words.length < 2) throw usageError('At least one COLLECTION-ID REF pair must be specified');
  if (words.length % 2 === 1) throw usageError('Only complete COLLECTION-ID REF pairs may be specified');
  return Array.from({ length: words.length / 2 }, (_, index) => readPair(words.slice(2 * index, 2 * index + 2)));
}

function readPair([collectionId = '', ref = '']: readonly string[]): CollectionRef {
  return { collectionId: parseCollectionId(collectionId), ref: parseRefName(ref) };
}
