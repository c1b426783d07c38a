import { CHECKSUM_BYTES, checksumFromBytes, checksumToBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { swapU64 } from './big-endian.ts';
import { formatInvalid } from './format-error.ts';
import { dictOrder } from './gvariant/dict-order.ts';
import { readVariant } from './gvariant/read.ts';
import { isValueList } from './gvariant/value.ts';
import type { Value, Variant } from './gvariant/value.ts';
import { writeVariant } from './gvariant/write.ts';
import { findMetadata, metadataEntries } from './object/commitmeta.ts';
import type { MetadataEntry } from './object/commitmeta.ts';

/**
 * The summary of a repository, `(a(s(taya{sv}))a{sv})`:
 *
 *     a(s(taya{sv}))   refs, sorted by name:
 *       s                name
 *       t                size of the commit object, little-endian (libostree writes it in the host's order)
 *       ay               checksum of the commit
 *       a{sv}            `ostree.commit.timestamp` (t, big-endian), `ostree.commit.version` (s)
 *     a{sv}            metadata of the whole; see SUMMARY_KEY
 *
 * libostree writes dictionaries in the order of `dictOrder`; readers take any.
 */
export interface Summary {
  readonly refs: readonly SummaryRef[];
  readonly metadata: readonly MetadataEntry[];
}

export interface SummaryRef {
  readonly name: string;
  readonly commitSizeBytes: bigint;
  readonly checksum: Checksum;
  readonly metadata: readonly MetadataEntry[];
}

/** The refs of another collection than the repository's own. */
export interface SummaryCollection {
  readonly collectionId: string;
  readonly refs: readonly SummaryRef[];
}

/** A static delta as summaries and indexes list it. */
export interface ListedDelta {
  /** `FROM-TO`, or `TO` for one from scratch. */
  readonly name: string;
  /** SHA-256 of the superblock file. */
  readonly superblock: Uint8Array;
}

export const SUMMARY_TYPE = '(a(s(taya{sv}))a{sv})';
/** The types of the metadata that libostree writes; times are in seconds, big-endian. */
export const SUMMARY_KEY = {
  /** t */
  lastModified: 'ostree.summary.last-modified',
  /** t */
  expires: 'ostree.summary.expires',
  /** s: the word of `core.mode` */
  mode: 'ostree.summary.mode',
  /** b */
  tombstoneCommits: 'ostree.summary.tombstone-commits',
  /** b: every commit that deltas lead to has a file in `delta-indexes/` */
  indexedDeltas: 'ostree.summary.indexed-deltas',
  /** a{sv}: name → ay, SHA-256 of the superblock */
  staticDeltas: 'ostree.static-deltas',
  /** s: the collection of the refs in the main list */
  collectionId: 'ostree.summary.collection-id',
  /** a{sa(s(taya{sv}))}, sorted */
  collectionMap: 'ostree.summary.collection-map',
} as const;
export const REF_KEY = {
  /** t, big-endian */
  timestamp: 'ostree.commit.timestamp',
  /** s */
  version: 'ostree.commit.version',
} as const;

const COLLECTION_MAP_TYPE = 'a{sa(s(taya{sv}))}';
const DICTIONARY_TYPE = 'a{sv}';

/** Serialises a summary, everything in the order given: what was read gives the bytes that it was read from. */
export function writeSummary({ refs, metadata }: Summary): Uint8Array {
  return writeVariant(SUMMARY_TYPE, [refs.map(refValue), metadata]);
}

/** Reads a summary; throws FORMAT_INVALID unless it is in normal form and its checksums have 32 bytes. */
export function readSummary(bytes: Uint8Array): Summary {
  const value = readVariant(SUMMARY_TYPE, bytes);
  const [refs, metadata] = isValueList(value) ? value : [];
  return { refs: readRefs(refs), metadata: metadataEntries(metadata ?? null, 'summary') };
}

/** The refs of other collections that a summary lists; none where it has no such map, or one of another type. */
export function readCollections({ metadata }: Summary): SummaryCollection[] {
  const map = findMetadata(metadata, SUMMARY_KEY.collectionMap);
  if (map?.type !== COLLECTION_MAP_TYPE || !isValueList(map.value)) return [];
  return map.value.map((entry) => {
    const [collectionId, refs] = isValueList(entry) ? entry : [];
    if (typeof collectionId !== 'string') throw unexpected();
    return { collectionId, refs: readRefs(refs) };
  });
}

/** The value of `SUMMARY_KEY.collectionMap`. */
export function collectionMap(collections: readonly SummaryCollection[]): Variant {
  return { type: COLLECTION_MAP_TYPE, value: collections.map(({ collectionId, refs }) => [collectionId, refs.map(refValue)]) };
}

/** The value of `SUMMARY_KEY.staticDeltas`, in a summary and in an index, in the order of `dictOrder`. */
export function deltaList(deltas: readonly ListedDelta[]): Variant {
  const entries = deltas.map(({ name, superblock }) => [name, { type: 'ay', value: superblock }] as const);
  return { type: DICTIONARY_TYPE, value: dictOrder(entries) };
}

/** The index of the deltas that lead to one commit, `a{sv}` with the one key `ostree.static-deltas`. */
export function writeDeltaIndex(deltas: readonly ListedDelta[]): Uint8Array {
  return writeVariant(DICTIONARY_TYPE, [[SUMMARY_KEY.staticDeltas, deltaList(deltas)]]);
}

/** A time in seconds as the value that summaries hold. */
export function bigEndianTime(seconds: bigint): Variant {
  return { type: 't', value: swapU64(seconds) };
}

function refValue({ name, commitSizeBytes, checksum, metadata }: SummaryRef): Value {
  return [name, [commitSizeBytes, checksumToBytes(checksum), metadata]];
}

function readRefs(value: Value | undefined): SummaryRef[] {
  if (!isValueList(value)) throw unexpected();
  return value.map(readRef);
}

function readRef(value: Value): SummaryRef {
  const [name, target] = isValueList(value) ? value : [];
  const [commitSizeBytes, checksum, metadata] = isValueList(target) ? target : [];
  if (typeof name !== 'string' || typeof commitSizeBytes !== 'bigint' || !(checksum instanceof Uint8Array)) throw unexpected();
  if (checksum.length !== CHECKSUM_BYTES) throw formatInvalid('summary', `the checksum of "${name}" has ${checksum.length} bytes`);
  return { name, commitSizeBytes, checksum: checksumFromBytes(checksum), metadata: metadataEntries(metadata ?? null, 'summary') };
}

function unexpected(): Error {
  return formatInvalid('summary', 'a field has another type');
}
