import type { Checksum } from '../../base/checksum.ts';
import { isCoppiceError } from '../../base/errors.ts';
import { swapU64 } from '../../format/big-endian.ts';
import { findMetadata } from '../../format/object/commitmeta.ts';
import type { MetadataEntry } from '../../format/object/commitmeta.ts';
import { Repo } from '../../repo/repo.ts';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import type { Engine } from '../../engine/engine.ts';
import { readCollections, readSummary, readSummaryBytes, REF_KEY, SUMMARY_KEY } from '../summary/index.ts';
import type { Summary, SummaryRef } from '../summary/index.ts';
import type { Candidate } from './candidate.ts';

/** What the summary of a candidate says. */
export interface Offer {
  readonly candidate: Candidate;
  readonly summaryLastModified: bigint | undefined;
  /** Of all refs wanted those that it has. */
  readonly commits: readonly OfferedCommit[];
}

export interface OfferedCommit extends CollectionRef {
  readonly commit: Checksum;
  readonly timestampSeconds: bigint;
}

/** Looks for `refs` in the summary; undefined for a repository that is not there, has no good summary, or is of no interest. */
export function readOffer(engine: Engine, candidate: Candidate, refs: readonly CollectionRef[]): Offer | undefined {
  const summary = readQuietly(engine, candidate.path);
  if (summary === undefined || !candidate.refs.some((ref) => findRef(summary, ref) !== undefined)) return undefined;
  const commits = refs.flatMap((ref) => {
    const found = findRef(summary, ref);
    return found === undefined ? [] : [{ ...ref, commit: found.checksum, timestampSeconds: timeIn(found.metadata, REF_KEY.timestamp) ?? 0n }];
  });
  return { candidate, summaryLastModified: timeIn(summary.metadata, SUMMARY_KEY.lastModified), commits };
}

function readQuietly(engine: Engine, path: string): Summary | undefined {
  try {
    return readSummary(readSummaryBytes(Repo.open(path, engine)));
  } catch (error) {
    if (isCoppiceError(error)) return undefined;
    throw error;
  }
}

function findRef(summary: Summary, { collectionId, ref }: CollectionRef): SummaryRef | undefined {
  return refsOf(summary, collectionId).find(({ name }) => name === ref);
}

function refsOf(summary: Summary, collectionId: string): readonly SummaryRef[] {
  if (findMetadata(summary.metadata, SUMMARY_KEY.collectionId)?.value === collectionId) return summary.refs;
  return readCollections(summary).find((collection) => collection.collectionId === collectionId)?.refs ?? [];
}

function timeIn(metadata: readonly MetadataEntry[], key: string): bigint | undefined {
  const value = findMetadata(metadata, key);
  return value?.type === 't' && typeof value.value === 'bigint' ? swapU64(value.value) : undefined;
}
