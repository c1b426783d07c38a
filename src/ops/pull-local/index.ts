/** The verb `pull-local`: commits and all that they lead to come over from another repository on this machine. */
import type { Checksum } from '../../base/checksum.ts';
import { collectionBinding, refBinding, verifyBindings } from '../../repo/commit-bindings.ts';
import { clearPartial, isPartialCommit, markPartial } from '../../repo/commit-state.ts';
import { hasObject, readCommitObject } from '../../repo/object-reader.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { assertSameNames } from '../../repo/assert-same-names.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import { readRef } from '../../repo/refs.ts';
import { Transaction } from '../../repo/transaction.ts';
import { CommitImporter } from './commit-importer.ts';
import { TreeWalk } from './tree-walk.ts';
import type { ImportSettings, ImportTally } from './tree-importer.ts';
import { findWanted, findWantedInCollections } from './wanted.ts';
import type { Wanted, WantedCollectionRef } from './wanted.ts';
import { wholeTrees } from './whole-trees.ts';

export type { WantedCollectionRef } from './wanted.ts';

export interface PullLocalOptions {
  /** Refs of the source, or whole checksums of commits; none: every ref of the source. */
  readonly refs?: readonly string[] | undefined;
  /** Refs of collections, taken instead of `refs`: they are mirrored here, or plain refs of a repository of their collection. */
  readonly collectionRefs?: readonly WantedCollectionRef[] | undefined;
  /** Refs become those of this remote here. */
  readonly remote?: string | undefined;
  /** How many parents come along; −1: all. Default 0. */
  readonly depth?: number | undefined;
  /** Writes a file of its own for each object, and links none. */
  readonly untrusted?: boolean | undefined;
  /** Refuses files with mode bits outside of 0775. */
  readonly bareUserOnlyFiles?: boolean | undefined;
  /** Takes commit objects alone and marks them partial. */
  readonly commitMetadataOnly?: boolean | undefined;
  /** False takes a commit under a ref that it was not made for. Default true. */
  readonly verifyBindings?: boolean | undefined;
  readonly fsync?: boolean | undefined;
  /** Told once when foreign processes cannot be excluded. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

export interface PulledRef {
  readonly ref: string;
  readonly commit: Checksum;
}

export interface PullLocalOutcome {
  readonly refs: readonly PulledRef[];
  readonly metadataImported: number;
  readonly contentImported: number;
  /** Content objects that share their file with the source. */
  readonly contentLinked: number;
  readonly contentBytesWritten: number;
}

/** Pulls into the repository of `context`; on any failure its refs are as they were. */
export async function pullLocal(context: OperationContext, source: Repo, options: PullLocalOptions = {}): Promise<PullLocalOutcome> {
  assertSameNames(context.repo, source);
  const wanted = findAllWanted(source, options);
  const { notice, fsync } = options;
  const transaction = await Transaction.begin(context.repo, context.pool, { fsync, notice, signal: context.signal, payloadLinks: source.mode === context.repo.mode });
  try {
    return await pullInto(context, transaction, { source, wanted, options });
  } catch (error) {
    await transaction.abort();
    throw error;
  }
}

function findAllWanted(source: Repo, { refs, collectionRefs }: PullLocalOptions): Wanted[] {
  return collectionRefs === undefined ? findWanted(source, refs ?? []) : findWantedInCollections(source, collectionRefs);
}

interface PullWork {
  readonly source: Repo;
  readonly wanted: readonly Wanted[];
  readonly options: PullLocalOptions;
}

async function pullInto(context: OperationContext, transaction: Transaction, { source, wanted, options }: PullWork): Promise<PullLocalOutcome> {
  const places = { context, source, transaction, settings: importSettings(source, transaction, options) };
  const trees = wholeTrees(places) ?? new TreeWalk(places);
  const importer = new CommitImporter(places, options.commitMetadataOnly === true ? undefined : trees);
  const pulled = await pullCommits(importer, context, { source, wanted, options }).catch(async (error: unknown) => {
    await trees.abandon(error);
    throw error;
  });
  await trees.drain();
  return finish(context.repo, transaction, { tally: trees.tally, wanted, pulled, options });
}

function importSettings(source: Repo, transaction: Transaction, { untrusted, bareUserOnlyFiles }: PullLocalOptions): ImportSettings {
  return {
    source: source.objectSource,
    target: transaction.target,
    link: untrusted === true ? 'never' : 'try',
    verify: true,
    canonicalModes: bareUserOnlyFiles === true,
  };
}

/** The commits that were written, or are now complete. */
async function pullCommits(importer: CommitImporter, { repo }: OperationContext, { source, wanted, options }: PullWork): Promise<readonly Checksum[]> {
  if (options.verifyBindings !== false) for (const want of wanted) assertBound({ repo, source }, want);
  for (const { commit } of wanted) await importer.importHistory(commit, options.depth ?? 0);
  return importer.imported;
}

/** A commit that names its refs is not taken under another one; one of a source with a collection names refs and collection. */
function assertBound({ repo, source }: { readonly repo: Repo; readonly source: Repo }, { commit, ref }: Wanted): void {
  if (ref === undefined && source.config.collectionId === undefined) return;
  const found = readCommitObject(!hasObject(source, OBJECT_TYPE.commit, commit) && isWhole(repo, commit) ? repo : source, commit);
  verifyBindings(commit, { refs: refBinding(found), collection: collectionBinding(found) }, { name: ref, collection: source.config.collectionId });
}

interface Pulled {
  readonly tally: ImportTally;
  readonly wanted: readonly Wanted[];
  readonly pulled: readonly Checksum[];
  readonly options: PullLocalOptions;
}

async function finish(repo: Repo, transaction: Transaction, { tally, wanted, pulled, options }: Pulled): Promise<PullLocalOutcome> {
  const refs = wanted.flatMap((want) => moveRef(repo, transaction, want, options.remote) ?? []);
  // A marker stands before its commit does: nobody takes a commit without its tree for a whole one.
  const isPartial = options.commitMetadataOnly === true;
  if (isPartial) for (const commit of pulled) if (!isWhole(repo, commit)) markPartial(repo, commit, 'pull');
  const { metadataWritten } = await transaction.commit();
  if (!isPartial) for (const commit of pulled) clearPartial(repo, commit);
  return {
    refs,
    metadataImported: metadataWritten,
    contentImported: tally.linked + tally.copied,
    contentLinked: tally.linked,
    contentBytesWritten: tally.bytesCopied,
  };
}

/** Has the transaction point the ref of this repository at the commit; undefined for a commit that was asked for by checksum. */
function moveRef(repo: Repo, transaction: Transaction, want: Wanted, remote: string | undefined): PulledRef | undefined {
  const { ref, commit, collectionId } = want;
  if (ref === undefined) return undefined;
  if (collectionId !== undefined && collectionId !== repo.config.collectionId) {
    transaction.setCollectionRef(collectionId, ref, commit);
    return { ref, commit };
  }
  const refspec = remote === undefined ? ref : `${remote}:${ref}`;
  if (readRef(repo, refspec) !== commit) transaction.setRef(refspec, commit);
  return { ref: refspec, commit };
}

function isWhole(repo: Repo, commit: Checksum): boolean {
  return hasObject(repo, OBJECT_TYPE.commit, commit) && !isPartialCommit(repo, commit);
}
