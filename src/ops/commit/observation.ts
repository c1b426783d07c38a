import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { unpackNames } from '../../base/name-list.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing } from '../../engine/engine.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';

/**
 * A file's ctime vouches for its content only when it is this much older than the listing: within one tick of the
 * kernel's clock (10 ms at most) a second change would leave the same ctime.
 */
const RACY_MILLISECONDS = 100;

/** A directory as the walk saw it, before any of its files was read. */
export interface Observation {
  readonly listing: DirectoryListing;
  readonly listedAtMilliseconds: number;
  /** For each file of the new tree its row in the listing. */
  readonly rows: readonly number[];
}

/** The record of a directory whose files all have their checksums, 32 bytes each in tree order. */
export function recordOf({ listing, listedAtMilliseconds, rows }: Observation, checksums: Uint8Array): DirectoryRecord {
  const all = new Uint8Array((listing.stats.length / STAT_FIELDS) * CHECKSUM_BYTES);
  for (const [file, row] of rows.entries()) {
    all.set(checksums.subarray(file * CHECKSUM_BYTES, (file + 1) * CHECKSUM_BYTES), row * CHECKSUM_BYTES);
  }
  return { listedAtMilliseconds, names: listing.names, stats: listing.stats, checksums: all };
}

/** Answers for the rows of a listing which content they have, as far as an earlier record still holds. */
export type KnownContent = (row: number) => Uint8Array | undefined;

/** Compares a new listing with what is remembered of the directory. */
export function knownContent(listing: DirectoryListing, record: DirectoryRecord | undefined): KnownContent {
  if (record === undefined) return () => undefined;
  const oldRow = rowFinder(listing, record);
  return (row) => {
    const old = oldRow(row);
    if (old === undefined || !isOldEnough(record, old) || !sameRow(listing.stats, row, record.stats, old)) return undefined;
    const checksum = record.checksums.subarray(old * CHECKSUM_BYTES, (old + 1) * CHECKSUM_BYTES);
    return checksum.some((byte) => byte !== 0) ? checksum : undefined;
  };
}

/** Finds the remembered row of the same name; the same names mean the same rows. */
function rowFinder(listing: DirectoryListing, record: DirectoryRecord): (row: number) => number | undefined {
  if (listing.names === record.names) return (row) => row;
  const names = unpackNames(listing.names);
  const rows = new Map(unpackNames(record.names).map((name, row) => [name, row]));
  return (row) => rows.get(names[row] ?? '');
}

function isOldEnough(record: DirectoryRecord, row: number): boolean {
  const at = row * STAT_FIELDS;
  const changed = (record.stats[at + STAT.ctimeSeconds] ?? 0) * 1000 + (record.stats[at + STAT.ctimeNanos] ?? 0) / 1e6;
  return changed + RACY_MILLISECONDS < record.listedAtMilliseconds;
}

function sameRow(a: Float64Array, rowA: number, b: Float64Array, rowB: number): boolean {
  for (let field = 0; field < STAT_FIELDS; field++) {
    if (a[rowA * STAT_FIELDS + field] !== b[rowB * STAT_FIELDS + field]) return false;
  }
  return true;
}
