import { compareUtf8 } from '../base/byte-order.ts';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../base/errors.ts';
import { parseCollectionId, parseRefspec } from '../format/ref-name.ts';
import { locateCollectionRef } from './ref-location.ts';
import { listRefs } from './refs.ts';
import type { Repo } from './repo.ts';
import { writeRef, writeRefAt } from './write-ref.ts';

/** A ref as the pair that is unique all over the world. */
export interface CollectionRef {
  readonly collectionId: string;
  readonly ref: string;
}

/** A listed one; the checksum is undefined when the file holds none. */
export interface CollectionRefEntry extends CollectionRef {
  readonly checksum: Checksum | undefined;
}

/** The refs of this repository's own collection, of mirrored ones, and of remotes that tell their collection. Sorted. */
export function listCollectionRefs(repo: Repo, collectionId: string | undefined): CollectionRefEntry[] {
  if (collectionId !== undefined) assertCollection(collectionId);
  const all = [...ownRefs(repo), ...mirroredRefs(repo), ...remoteRefs(repo)];
  const wanted = all.filter((ref) => collectionId === undefined || ref.collectionId === collectionId);
  const unique = new Map(wanted.map((ref) => [`${ref.collectionId}\0${ref.ref}`, ref]));
  return [...unique.values()].toSorted((a, b) => compareUtf8(a.collectionId, b.collectionId) || compareUtf8(a.ref, b.ref));
}

/** What the ref points at in this repository, not in its parents; undefined when it is not there. */
export function findCollectionRef(repo: Repo, { collectionId, ref }: CollectionRef): Checksum | undefined {
  return listCollectionRefs(repo, collectionId).find((entry) => entry.ref === ref)?.checksum;
}

function assertCollection(collectionId: string): void {
  try {
    parseCollectionId(collectionId);
  } catch (error) {
    if (!isCoppiceError(error, 'REF_INVALID')) throw error;
    throw new CoppiceError('REF_INVALID', `Listing refs: ${error.message}`, { facts: error.facts });
  }
}

function ownRefs(repo: Repo): CollectionRefEntry[] {
  const { collectionId } = repo.config;
  if (collectionId === undefined) return [];
  return listRefs(repo, { kind: 'heads' }).map(({ refspec, checksum }) => ({ collectionId, ref: refspec, checksum }));
}

function mirroredRefs(repo: Repo): CollectionRefEntry[] {
  return listRefs(repo, { kind: 'mirrors' }).flatMap(({ collectionId, refspec, checksum }) =>
    collectionId === undefined ? [] : [{ collectionId, ref: refspec, checksum }],
  );
}

function remoteRefs(repo: Repo): CollectionRefEntry[] {
  return listRefs(repo, { kind: 'remotes' }).flatMap(({ refspec, checksum }) => {
    const { remote, ref } = parseRefspec(refspec);
    const collectionId = repo.keyfile.getString(`remote "${remote ?? ''}"`, 'collection-id');
    return collectionId === undefined ? [] : [{ collectionId, ref, checksum }];
  });
}

/** Points `collection:ref` at a commit; refs of the repository's own collection are plain refs. */
export function createCollectionRef(repo: Repo, name: string, checksum: Checksum): void {
  const { remote, ref } = parseRefspec(name);
  writeCollectionRef(repo, { collectionId: parseCollectionId(remote ?? ref), ref }, checksum);
}

/** Deletes the refs of a collection; how many there were comes back. */
export function deleteCollectionRefs(repo: Repo, collectionId: string): number {
  const refs = listCollectionRefs(repo, collectionId);
  for (const ref of refs) writeCollectionRef(repo, ref, undefined);
  return refs.length;
}

function writeCollectionRef(repo: Repo, { collectionId, ref }: CollectionRef, checksum: Checksum | undefined): void {
  if (collectionId === repo.config.collectionId) writeRef(repo, ref, checksum);
  else writeRefAt(repo, locateCollectionRef(collectionId, ref), checksum);
}
