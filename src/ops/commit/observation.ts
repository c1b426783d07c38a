import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { unpackNames } from '../../base/name-list.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing } from '../../engine/engine.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';

/**
 * A file's ctime vouches for its content only when it is this much older than the listing: within one tick of the
 * kernel's clock a second change would leave the same ctime. The moments compared are of that same clock; this is a margin.
 */
const RACY_MILLISECONDS = 100;

/** A directory as the walk saw it, before any of its files was read. */
export interface Observation {
  readonly listing: DirectoryListing;
  /** A moment before the listing, in milliseconds since 1970. */
  readonly listedAtMilliseconds: number;
  /** For each file of the new tree its row in the listing. */
  readonly fileRows: readonly number[];
  /** For each directory of the new tree its row in the listing. */
  readonly directoryRows: readonly number[];
}

/** The checksums of a complete directory. */
export interface ObservedContent {
  /** 32 bytes per file. */
  readonly files: Uint8Array;
  /** Files whose content may have changed since the walk, or may yet change unseen. */
  readonly unsettled: readonly number[];
  readonly directories: readonly { readonly tree: Uint8Array; readonly meta: Uint8Array }[];
  readonly own: { readonly tree: Uint8Array; readonly meta: Uint8Array };
}

export function recordOf(observation: Observation, content: ObservedContent): DirectoryRecord {
  const { listing, listedAtMilliseconds, fileRows, directoryRows } = observation;
  const checksums = new Uint8Array((listing.stats.length / STAT_FIELDS) * CHECKSUM_BYTES);
  const unsettled = new Set(content.unsettled);
  for (const [file, row] of fileRows.entries()) {
    if (unsettled.has(file)) continue;
    checksums.set(content.files.subarray(file * CHECKSUM_BYTES, (file + 1) * CHECKSUM_BYTES), row * CHECKSUM_BYTES);
  }
  const metas = new Uint8Array(directoryRows.length * CHECKSUM_BYTES);
  for (const [index, row] of directoryRows.entries()) {
    checksums.set(content.directories[index]?.tree ?? [], row * CHECKSUM_BYTES);
    metas.set(content.directories[index]?.meta ?? [], index * CHECKSUM_BYTES);
  }
  return recordOfRows(listing, listedAtMilliseconds, { checksums, metas, own: content.own, isSettled: unsettled.size === 0 });
}

/** What is known of a directory, by rows of its listing. */
export interface ObservedRows extends Pick<DirectoryRecord, 'checksums' | 'metas'> {
  readonly own: ObservedContent['own'];
  /** False where the content of a file may be another than its row tells of, or may yet change unseen; its checksum is zeros. */
  readonly isSettled: boolean;
}

export function recordOfRows(
  { names, stats, self }: DirectoryListing,
  listedAtMilliseconds: number,
  { checksums, metas, own, isSettled }: ObservedRows,
): DirectoryRecord {
  const changedAtMilliseconds = isSettled ? Math.max(newestChange(stats), newestChange(self)) : Number.POSITIVE_INFINITY;
  return { listedAtMilliseconds, changedAtMilliseconds, self, names, stats, checksums, metas, ...own };
}

/** Whether the record can vouch for what was in the files, where all stats are as it tells. */
export function canVouch({ changedAtMilliseconds, listedAtMilliseconds }: DirectoryRecord): boolean {
  return changedAtMilliseconds + RACY_MILLISECONDS < listedAtMilliseconds;
}

/** Whether neither the directory nor anything directly in it has changed since the record was made. */
export function isUnchanged(listing: DirectoryListing, record: DirectoryRecord): boolean {
  return (
    canVouch(record) &&
    listing.names === record.names &&
    sameBytes(listing.stats, record.stats) &&
    sameBytes(listing.self, record.self)
  );
}

/** How many files the record tells of. */
export function filesIn({ checksums, metas }: DirectoryRecord): number {
  return (checksums.length - metas.length) / CHECKSUM_BYTES;
}

/** The files that a record tells of: names and 32 bytes each. */
export function filesOf(record: DirectoryRecord): { readonly names: string[]; readonly checksums: Uint8Array } {
  const all = unpackNames(record.names);
  const rows = all.map((_, row) => row).filter((row) => !isDirectory(record.stats[row * STAT_FIELDS + STAT.mode] ?? 0));
  const checksums = new Uint8Array(rows.length * CHECKSUM_BYTES);
  for (const [index, row] of rows.entries()) {
    checksums.set(record.checksums.subarray(row * CHECKSUM_BYTES, (row + 1) * CHECKSUM_BYTES), index * CHECKSUM_BYTES);
  }
  return { names: rows.map((row) => all[row] ?? ''), checksums };
}

/** Whether the record's directory number `index` had these checksums. */
export function hadDirectory(record: DirectoryRecord, row: number, index: number, ids: ObservedContent['own']): boolean {
  const tree = record.checksums.subarray(row * CHECKSUM_BYTES, (row + 1) * CHECKSUM_BYTES);
  const meta = record.metas.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES);
  return Buffer.compare(tree, ids.tree) === 0 && Buffer.compare(meta, ids.meta) === 0;
}

/** Answers for the rows of a listing which content they have, as far as an earlier record still holds. */
export type KnownContent = (row: number) => Uint8Array | undefined;

/** Compares a new listing with what is remembered of the directory. */
export function knownContent(listing: DirectoryListing, record: DirectoryRecord | undefined): KnownContent {
  if (record === undefined) return () => undefined;
  const oldRow = rowFinder(listing.names, record);
  return (row) => {
    const old = oldRow(row);
    if (old === undefined || !isOldEnough(record, old) || !sameRow(listing.stats, row, record.stats, old)) return undefined;
    const checksum = record.checksums.subarray(old * CHECKSUM_BYTES, (old + 1) * CHECKSUM_BYTES);
    return checksum.some((byte) => byte !== 0) ? checksum : undefined;
  };
}

/** Finds the remembered row of the same name; the same names mean the same rows. */
function rowFinder(names: string, record: DirectoryRecord): (row: number) => number | undefined {
  if (names === record.names) return (row) => row;
  const found = unpackNames(names);
  const rows = new Map(unpackNames(record.names).map((name, row) => [name, row]));
  return (row) => rows.get(found[row] ?? '');
}

function isOldEnough(record: DirectoryRecord, row: number): boolean {
  return changeOf(record.stats, row) + RACY_MILLISECONDS < record.listedAtMilliseconds;
}

function newestChange(stats: Float64Array): number {
  let newest = 0;
  for (let row = 0; row * STAT_FIELDS < stats.length; row++) newest = Math.max(newest, changeOf(stats, row));
  return newest;
}

/**
 * Infinity for whole seconds: a file system that keeps no finer times would give later changes the same ctime, and
 * tools that make images reproducibly give every image the same ones.
 */
function changeOf(stats: Float64Array, row: number): number {
  const at = row * STAT_FIELDS;
  const nanos = stats[at + STAT.ctimeNanos] ?? 0;
  return nanos === 0 ? Number.POSITIVE_INFINITY : (stats[at + STAT.ctimeSeconds] ?? 0) * 1000 + nanos / 1e6;
}

export function sameRow(a: Float64Array, rowA: number, b: Float64Array, rowB: number): boolean {
  for (let field = 0; field < STAT_FIELDS; field++) {
    if (a[rowA * STAT_FIELDS + field] !== b[rowB * STAT_FIELDS + field]) return false;
  }
  return true;
}

function sameBytes(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && Buffer.compare(byteView(a), byteView(b)) === 0;
}

function byteView(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
