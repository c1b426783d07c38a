/** The verb `find-remotes`: which repositories on this machine and its drives have refs of collections. */
import type { Checksum } from '../../base/checksum.ts';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import type { Repo } from '../../repo/repo.ts';
import type { Finder } from './candidate.ts';
import { findInConfig } from './find-in-config.ts';
import { findOnMounts } from './find-on-mounts.ts';
import { readOffer } from './offer.ts';
import type { Offer } from './offer.ts';

export type { Finder };

export interface FindRemotesOptions {
  /** Default: both. */
  readonly finders?: readonly Finder[] | undefined;
  /** Told of remotes that are not asked. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

export interface FoundRemote {
  readonly url: string;
  readonly finder: Finder;
  readonly keyring: string;
  readonly priority: number;
  /** Seconds since 1970; undefined where the summary does not say. */
  readonly summaryLastModified: bigint | undefined;
  /** All that were asked for; undefined where the remote has none, or not the newest commit that was found. */
  readonly refs: readonly (CollectionRef & { readonly commit: Checksum | undefined })[];
}

/** The remotes that have the newest commit of one of the refs, those to ask first in front. Nothing is written, and nothing verified. */
export function findRemotes(repo: Repo, refs: readonly CollectionRef[], options: FindRemotesOptions = {}): FoundRemote[] {
  const finders = options.finders ?? ['config', 'mount'];
  const candidates = [
    ...(finders.includes('config') ? findInConfig(repo, refs, options.notice ?? (() => undefined)) : []),
    ...(finders.includes('mount') ? findOnMounts(repo, refs) : []),
  ];
  const offers = candidates.flatMap((candidate) => readOffer(repo.engine, candidate, refs) ?? []);
  const newest = refs.map((ref) => ({ ...ref, commit: newestCommit(offers, ref) }));
  const remotes = offers.map((offer) => ({ ...describe(offer), refs: newest.map((ref) => ({ ...ref, commit: offeredOf(offer, ref) })) }));
  return remotes.filter((remote) => countOf(remote) > 0).toSorted(compareRemotes);
}

function describe({ candidate, summaryLastModified }: Offer): Omit<FoundRemote, 'refs'> {
  const { url, finder, keyring, priority } = candidate;
  return { url, finder, keyring, priority, summaryLastModified };
}

function newestCommit(offers: readonly Offer[], ref: CollectionRef): Checksum | undefined {
  const all = offers.flatMap(({ commits }) => commits.filter((commit) => isSame(commit, ref)));
  return all.reduce<(typeof all)[number] | undefined>((best, one) => (best !== undefined && best.timestampSeconds >= one.timestampSeconds ? best : one), undefined)?.commit;
}

function offeredOf({ commits }: Offer, ref: CollectionRef & { readonly commit: Checksum | undefined }): Checksum | undefined {
  return commits.find((commit) => isSame(commit, ref) && commit.commit === ref.commit)?.commit;
}

function isSame(one: CollectionRef, other: CollectionRef): boolean {
  return one.collectionId === other.collectionId && one.ref === other.ref;
}

function countOf({ refs }: FoundRemote): number {
  return refs.filter(({ commit }) => commit !== undefined).length;
}

/** By priority, then the older summary, then fewer refs, as libostree does; remotes of the config stay sorted by name. */
function compareRemotes(a: FoundRemote, b: FoundRemote): number {
  const age = (a.summaryLastModified ?? 0n) - (b.summaryLastModified ?? 0n);
  return a.priority - b.priority || Number(age) || countOf(a) - countOf(b);
}
