import { rmSync } from 'node:fs';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, fromNodeError } from '../base/errors.ts';
import { calendarSeconds } from '../format/calendar-time.ts';
import { dictOrder } from '../format/gvariant/dict-order.ts';
import { readCommit } from '../format/object/commit.ts';
import type { Commit } from '../format/object/commit.ts';
import { findMetadata } from '../format/object/commitmeta.ts';
import type { MetadataEntry } from '../format/object/commitmeta.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import { bigEndianTime, collectionMap, deltaList, REF_KEY, SUMMARY_KEY, writeSummary } from '../format/summary.ts';
import type { SummaryCollection, SummaryRef } from '../format/summary.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { listCollectionRefs } from './collection-refs.ts';
import type { CollectionRefEntry } from './collection-refs.ts';
import { reindexDeltas } from './delta-indexes.ts';
import type { IndexedDelta } from './delta-indexes.ts';
import { summaryPath, summarySignaturePath } from './layout.ts';
import { corruptObject } from './object-fault.ts';
import { findMetadata as findMetadataObject } from './metadata-reader.ts';
import { listRefs, readRef } from './refs.ts';
import type { RefEntry } from './refs.ts';
import { replaceRepoFile } from './replace-repo-file.ts';
import type { Repo } from './repo.ts';

export interface RegenerateOptions {
  /** Put in before what libostree knows, which wins where keys are the same. */
  readonly metadata?: readonly MetadataEntry[] | undefined;
  /** Default: what the repository's config says. */
  readonly fsync?: boolean | undefined;
}

export interface RegenerateOutcome {
  /** Of the main list. */
  readonly refs: number;
  /** Of other collections. */
  readonly collectionRefs: number;
  readonly deltas: number;
  readonly sizeBytes: number;
}

/**
 * Writes the summary anew from the refs and static deltas that are there, and the indexes of the deltas with it. The
 * file appears whole or not at all; a signature that was of the old one goes. A ref whose commit is not there is an
 * error (OBJECT_MISSING). To be called under the lock, shared or exclusive.
 */
export function regenerateSummary(repo: Repo, options: RegenerateOptions = {}): RegenerateOutcome {
  const refs = mainRefs(repo);
  const deltas = reindexDeltas(repo);
  const collections = otherCollections(repo);
  const metadata = dictOrder([...(options.metadata ?? []), ...ownMetadata(repo, deltas, collections)]);
  const bytes = writeSummary({ refs, metadata });
  const fsync = fsyncPolicy(options.fsync ?? repo.config.fsync);
  replaceRepoFile(repo, summaryPath(repo.path), bytes, fsync);
  removeSignature(repo);
  return {
    refs: refs.length,
    collectionRefs: collections.reduce((sum, { refs: listed }) => sum + listed.length, 0),
    deltas: deltas.length,
    sizeBytes: bytes.length,
  };
}

/** Does so where `core.auto-update-summary` wants it after each change of a ref. */
export function autoUpdateSummary(repo: Repo, options: RegenerateOptions = {}): void {
  if (repo.config.autoUpdateSummary) regenerateSummary(repo, options);
}

/** In the order in which libostree puts them into its dictionary. */
function ownMetadata(repo: Repo, deltas: readonly IndexedDelta[], collections: readonly SummaryCollection[]): MetadataEntry[] {
  const { collectionId, tombstoneCommits, noDeltasInSummary } = repo.config;
  const nowSeconds = BigInt(Math.floor(Date.now() / 1000));
  const listsDeltas = deltas.length > 0 && !noDeltasInSummary;
  return [
    ...(listsDeltas ? [[SUMMARY_KEY.staticDeltas, deltaList(deltas)] as const] : []),
    [SUMMARY_KEY.lastModified, bigEndianTime(nowSeconds)],
    [SUMMARY_KEY.mode, { type: 's', value: repo.keyfile.getString('core', 'mode') ?? 'bare' }],
    [SUMMARY_KEY.tombstoneCommits, { type: 'b', value: tombstoneCommits }],
    [SUMMARY_KEY.indexedDeltas, { type: 'b', value: true }],
    ...(collectionId === undefined ? [] : [[SUMMARY_KEY.collectionId, { type: 's', value: collectionId }] as const]),
    ...(collections.length === 0 ? [] : [[SUMMARY_KEY.collectionMap, collectionMap(collections)] as const]),
  ];
}

function mainRefs(repo: Repo): SummaryRef[] {
  const { collectionId } = repo.config;
  if (collectionId !== undefined) return listCollectionRefs(repo, collectionId).map((entry) => collectionRef(repo, entry));
  return listRefs(repo, { kind: 'heads' }).map((entry) => headRef(repo, entry));
}

/** A file that holds no checksum is read once more, as a ref, to tell what is wrong. */
function headRef(repo: Repo, { refspec, checksum = readRef(repo, refspec) }: RefEntry): SummaryRef {
  if (checksum !== undefined) return summaryRef(repo, refspec, checksum);
  throw new CoppiceError('REF_NOT_FOUND', `ref '${refspec}' went away while the summary was made`, { facts: { refspec } });
}

function otherCollections(repo: Repo): SummaryCollection[] {
  const collections = new Map<string, SummaryRef[]>();
  for (const entry of listCollectionRefs(repo, undefined)) {
    if (entry.collectionId === repo.config.collectionId) continue;
    const refs = collections.get(entry.collectionId) ?? [];
    refs.push(collectionRef(repo, entry));
    collections.set(entry.collectionId, refs);
  }
  return [...collections].map(([collectionId, refs]) => ({ collectionId, refs }));
}

function collectionRef(repo: Repo, { collectionId, ref, checksum }: CollectionRefEntry): SummaryRef {
  if (checksum !== undefined) return summaryRef(repo, ref, checksum);
  throw new CoppiceError('REF_INVALID', `the file of ref (${collectionId}, ${ref}) holds no checksum`, { facts: { ref, collectionId } });
}

function summaryRef(repo: Repo, name: string, checksum: Checksum): SummaryRef {
  const { bytes, path } = findMetadataObject(repo, OBJECT_TYPE.commit, checksum);
  return { name, commitSizeBytes: BigInt(bytes.length), checksum, metadata: commitMetadata(parseCommit(checksum, bytes, path)) };
}

function parseCommit(checksum: Checksum, bytes: Uint8Array, path: string): Commit {
  try {
    return readCommit(bytes);
  } catch (cause) {
    throw corruptObject(OBJECT_TYPE.commit, checksum, { path, cause });
  }
}

/** A time that no calendar has is not told. */
function commitMetadata({ timestampSeconds, metadata }: Commit): MetadataEntry[] {
  const isDate = calendarSeconds(timestampSeconds) !== undefined;
  const version = findMetadata(metadata, 'version');
  return dictOrder([
    ...(isDate ? [[REF_KEY.timestamp, bigEndianTime(timestampSeconds)] as const] : []),
    ...(version?.type === 's' ? [[REF_KEY.version, version] as const] : []),
  ]);
}

function removeSignature(repo: Repo): void {
  const path = summarySignaturePath(repo.path);
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
