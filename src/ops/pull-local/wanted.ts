import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { parseRefName } from '../../format/ref-name.ts';
import type { RefName } from '../../format/ref-name.ts';
import { findCollectionRef } from '../../repo/collection-refs.ts';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import { listRefs, readRef } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';

/** A commit to be pulled, and the ref that asked for it. */
export interface Wanted {
  readonly commit: Checksum;
  readonly ref: string | undefined;
  /** The collection that the ref is of; undefined for a plain ref. */
  readonly collectionId?: string;
}

/** A ref of a collection, which the source has as its own, mirrored, or from a remote. */
export interface WantedCollectionRef extends CollectionRef {
  /** The commit to take instead of the one that the ref points at in the source, which need not have the ref then. */
  readonly commit?: Checksum | undefined;
}

/** What the words name in the source: refs, or commits by their whole checksum; without words all its refs. */
export function findWanted(source: Repo, words: readonly string[]): Wanted[] {
  const names = words.length > 0 ? words : listRefs(source, { kind: 'heads' }).map(({ refspec }) => refspec);
  const asked = names.map((name) => (isChecksum(name) ? { commit: name, ref: undefined } : parseRefName(name))); // all of them, before one is looked for
  return asked.map((one) => (typeof one === 'string' ? wantedRef(source, one) : one));
}

/** Throws REF_NOT_FOUND for a ref that neither the source nor its parents have. */
export function findWantedInCollections(source: Repo, refs: readonly WantedCollectionRef[]): Wanted[] {
  return refs.map(({ collectionId, ref, commit }) => ({
    collectionId,
    ref,
    commit: commit ?? requireCollectionRef(source, { collectionId, ref }),
  }));
}

function requireCollectionRef(source: Repo, { collectionId, ref }: CollectionRef): Checksum {
  for (let at: Repo | undefined = source; at !== undefined; at = at.parent) {
    const commit = findCollectionRef(at, { collectionId, ref });
    if (commit !== undefined) return commit;
  }
  const facts = { collectionId, ref, path: source.path };
  const hint = 'See which refs of collections there are with `refs --collections`.';
  throw new CoppiceError('REF_NOT_FOUND', `Collection–ref (${collectionId}, ${ref}) not found`, { facts, hint });
}

function wantedRef(source: Repo, ref: RefName): Wanted {
  for (let at: Repo | undefined = source; at !== undefined; at = at.parent) {
    const commit = readRef(at, ref);
    if (commit !== undefined) return { commit, ref };
  }
  throw new CoppiceError('REF_NOT_FOUND', `Refspec '${ref}' not found`, { facts: { ref, path: source.path } });
}
