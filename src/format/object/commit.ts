import { CHECKSUM_BYTES, checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { swapU64 } from '../big-endian.ts';
import { formatInvalid } from '../format-error.ts';
import { readVariant } from '../gvariant/read.ts';
import { isValueList } from '../gvariant/value.ts';
import type { Value } from '../gvariant/value.ts';
import { writeVariant } from '../gvariant/write.ts';
import { metadataEntries } from './commitmeta.ts';
import type { MetadataEntry } from './commitmeta.ts';

/**
 * A commit object, `(a{sv}aya(say)sstayay)`:
 *
 *     a{sv}    metadata, in the order it was added
 *     ay       parent commit, empty when there is none
 *     a(say)   related objects: name, checksum; nobody writes any
 *     s s      subject, body
 *     t        timestamp in seconds, big-endian
 *     ay ay    root dirtree, root dirmeta
 *
 * Commits are copied as the bytes they came in: writing what was read gives the same bytes only because `readCommit`
 * insists on the normal form.
 */
export interface Commit {
  readonly metadata: readonly MetadataEntry[];
  readonly parent?: Checksum;
  readonly related: readonly RelatedObject[];
  readonly subject: string;
  readonly body: string;
  readonly timestampSeconds: bigint;
  readonly rootTree: Checksum;
  readonly rootMeta: Checksum;
}

export interface RelatedObject {
  readonly name: string;
  readonly checksum: Uint8Array;
}

export type { MetadataEntry };

export const COMMIT_TYPE = '(a{sv}aya(say)sstayay)';

export function writeCommit(commit: Commit): Uint8Array {
  const { metadata, parent, related, subject, body, timestampSeconds, rootTree, rootMeta } = commit;
  return writeVariant(COMMIT_TYPE, [
    metadata,
    parent === undefined ? new Uint8Array(0) : checksumToBytes(parent),
    related.map(({ name, checksum }) => [name, checksum]),
    subject,
    body,
    swapU64(timestampSeconds),
    checksumToBytes(rootTree),
    checksumToBytes(rootMeta),
  ]);
}

/** Reads a commit; throws FORMAT_INVALID unless it is in normal form and its checksums have 32 bytes. */
export function readCommit(bytes: Uint8Array): Commit {
  const value = readVariant(COMMIT_TYPE, bytes);
  const [metadata, parent, related, subject, body, timestamp, rootTree, rootMeta] = isValueList(value) ? value : [];
  if (typeof subject !== 'string' || typeof body !== 'string' || typeof timestamp !== 'bigint') throw unexpected();
  return {
    metadata: metadataEntries(metadata ?? null, 'commit'),
    ...readParent(parent),
    related: readRelated(related),
    subject,
    body,
    timestampSeconds: swapU64(timestamp),
    rootTree: readChecksum(rootTree),
    rootMeta: readChecksum(rootMeta),
  };
}

function unexpected(): Error {
  return formatInvalid('commit', 'a field has another type');
}

function readParent(value: Value | undefined): { parent?: Checksum } {
  return value instanceof Uint8Array && value.length === 0 ? {} : { parent: readChecksum(value) };
}

function readChecksum(value: Value | undefined): Checksum {
  if (!(value instanceof Uint8Array)) throw unexpected();
  if (value.length !== CHECKSUM_BYTES) throw formatInvalid('commit', `a checksum of ${value.length} bytes`);
  return checksumFromBytes(value);
}

function readRelated(value: Value | undefined): RelatedObject[] {
  if (!isValueList(value)) throw unexpected();
  return value.map((item) => {
    const [name, checksum] = isValueList(item) ? item : [];
    if (typeof name !== 'string' || !(checksum instanceof Uint8Array)) throw unexpected();
    return { name, checksum };
  });
}

/** What the commit's content checksum is the SHA-256 of: root dirtree ‖ root dirmeta, 64 bytes. */
export function commitContentChecksumInput(commit: Pick<Commit, 'rootTree' | 'rootMeta'>): Uint8Array {
  return Buffer.concat([checksumToBytes(commit.rootTree), checksumToBytes(commit.rootMeta)]);
}
