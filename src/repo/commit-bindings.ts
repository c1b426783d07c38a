import type { Checksum } from '../base/checksum.ts';
import { CoppiceError } from '../base/errors.ts';
import { isValueList } from '../format/gvariant/value.ts';
import type { Commit } from '../format/object/commit.ts';
import { findMetadata } from '../format/object/commitmeta.ts';
import { locateCollectionRef } from './ref-location.ts';
import { readRefAt } from './refs.ts';
import type { Repo } from './repo.ts';
import { resolveRev } from './resolve-rev.ts';

const REF_KEY = 'ostree.ref-binding';
const COLLECTION_KEY = 'ostree.collection-binding';

/** What a commit says it is for; undefined where it does not say. */
export interface Bindings {
  readonly refs: readonly string[] | undefined;
  readonly collection: string | undefined;
}

/** A ref that points at a commit: its name without the remote, none where it is no matter, and the collection it was found in. */
export interface BoundRef {
  readonly name: string | undefined;
  readonly collection: string | undefined;
}

export function refBinding(commit: Commit): readonly string[] | undefined {
  const variant = findMetadata(commit.metadata, REF_KEY);
  if (variant?.type !== 'as' || !isValueList(variant.value)) return undefined;
  return variant.value.filter((name) => typeof name === 'string');
}

export function collectionBinding(commit: Commit): string | undefined {
  const value = findMetadata(commit.metadata, COLLECTION_KEY)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** Throws REF_INVALID when the commit says that it is for other refs, or for another collection, than `ref`. */
export function verifyBindings(checksum: Checksum, bindings: Bindings, ref: BoundRef): void {
  const fault = bindingFault(bindings, ref);
  if (fault !== undefined) throw refInvalid(`Commit ${checksum}: ${fault}`, checksum, ref.name);
}

/** Outside of collections a commit that names no refs is good. */
function bindingFault({ refs, collection: bound }: Bindings, { name, collection }: BoundRef): string | undefined {
  if (refs === undefined && collection === undefined) return undefined;
  if (refs === undefined) return 'Expected commit metadata to have ref binding information, found none';
  if (name !== undefined && !refs.includes(name)) return `Commit has no requested ref ‘${name}’ in ref binding metadata (${quoteAll(refs)})`;
  return collection === undefined ? undefined : collectionFault(bound, collection);
}

function quoteAll(refs: readonly string[]): string {
  return refs.length === 0 ? 'no refs' : refs.map((ref) => `‘${ref}’`).join(', ');
}

function collectionFault(bound: string | undefined, collection: string): string | undefined {
  if (bound === undefined) return 'Expected commit metadata to have collection ID binding information, found none';
  if (bound === collection) return undefined;
  return `Commit has collection ID ‘${bound}’ in collection binding metadata, while the remote it came from has collection ID ‘${collection}’`;
}

/** Throws REF_INVALID when a ref that the commit names is not there or points elsewhere: every commit but the newest does. */
export function verifyBackRefs(repo: Repo, checksum: Checksum, bindings: Bindings): void {
  for (const name of bindings.refs ?? []) {
    const found = resolveBound(repo, name, bindings.collection);
    if (found === checksum) continue;
    const subject = bindings.collection === undefined ? `Ref ‘${name}’` : `Collection–ref (${bindings.collection}, ${name})`;
    const fault = found === undefined ? 'does not exist' : 'does not resolve to that commit';
    throw refInvalid(`${subject} in bindings for commit ${checksum} ${fault}`, checksum, name);
  }
}

/** The repository's own collection has its refs in heads, others have theirs among the mirrors. */
function resolveBound(repo: Repo, name: string, collection: string | undefined): Checksum | undefined {
  if (collection === undefined || collection === repo.config.collectionId) return resolveRev(repo, name, { allowNoent: true });
  return readRefAt(repo, locateCollectionRef(collection, name));
}

function refInvalid(message: string, checksum: Checksum, ref: string | undefined): CoppiceError {
  return new CoppiceError('REF_INVALID', message, { facts: { checksum, ref } });
}
