import { compareUtf8 } from '../base/byte-order.ts';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../base/errors.ts';
import { parseCollectionId, parseRefspec } from '../format/ref-name.ts';
import { locateCollectionRef } from '../repo/ref-location.ts';
import { listRefs } from '../repo/refs.ts';
import type { Repo } from '../repo/repo.ts';
import { writeRef, writeRefAt } from '../repo/write-ref.ts';

/** A ref as the pair that is unique all over the world. */
export interface CollectionRef {
  readonly collectionId: string;
  readonly ref: string;
}

/** The refs of this repository's own collection, of mirrored ones, and of remotes that tell their collection. Sorted. */
export function listCollectionRefs(repo: Repo, collectionId: string | undefined): CollectionRef[] {
  if (collectionId !== undefined) assertCollection(collectionId);
  const all = [...ownRefs(repo), ...mirroredRefs(repo), ...remoteRefs(repo)];
  const wanted = all.filter((ref) => collectionId === undefined || ref.collectionId === collectionId);
  const unique = new Map(wanted.map((ref) => [`${ref.collectionId}\0${ref.ref}`, ref]));
  return [...unique.values()].toSorted((a, b) => compareUtf8(a.collectionId, b.collectionId) || compareUtf8(a.ref, b.ref));
}

function assertCollection(collectionId: string): void {
  try {
    parseCollectionId(collectionId);
  } catch (error) {
    if (!isCoppiceError(error, 'REF_INVALID')) throw error;
    throw new CoppiceError('REF_INVALID', `Listing refs: ${error.message}`, { facts: error.facts });
  }
}

function ownRefs(repo: Repo): CollectionRef[] {
  const { collectionId } = repo.config;
  if (collectionId === undefined) return [];
  return listRefs(repo, { kind: 'heads' }).map(({ refspec }) => ({ collectionId, ref: refspec }));
}

function mirroredRefs(repo: Repo): CollectionRef[] {
  return listRefs(repo, { kind: 'mirrors' }).flatMap(({ collectionId, refspec }) =>
    collectionId === undefined ? [] : [{ collectionId, ref: refspec }],
  );
}

function remoteRefs(repo: Repo): CollectionRef[] {
  return listRefs(repo, { kind: 'remotes' }).flatMap(({ refspec }) => {
    const { remote, ref } = parseRefspec(refspec);
    const collectionId = repo.keyfile.getString(`remote "${remote ?? ''}"`, 'collection-id');
    return collectionId === undefined ? [] : [{ collectionId, ref }];
  });
}

/** Points `collection:ref` at a commit; refs of the repository's own collection are plain refs. */
export function createCollectionRef(repo: Repo, name: string, checksum: Checksum): void {
  const { remote, ref } = parseRefspec(name);
  writeCollectionRef(repo, { collectionId: parseCollectionId(remote ?? ref), ref }, checksum);
}

export function deleteCollectionRefs(repo: Repo, collectionId: string): void {
  for (const ref of listCollectionRefs(repo, collectionId)) writeCollectionRef(repo, ref, undefined);
}

function writeCollectionRef(repo: Repo, { collectionId, ref }: CollectionRef, checksum: Checksum | undefined): void {
  if (collectionId === repo.config.collectionId) writeRef(repo, ref, checksum);
  else writeRefAt(repo, locateCollectionRef(collectionId, ref), checksum);
}
