import { STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing, ScanBatch, ScanResult } from '../../engine/engine.ts';
import { NO_XATTRS } from '../../engine/header.ts';
import { defineTask } from '../../pool/task.ts';

/** What listing one entry costs, in bytes' worth of work: a sixteenth of reading a small file (bench `recommit`). */
export const ENTRY_WEIGHT = 1024;

export interface ScanInput {
  readonly batch: Omit<ScanBatch, 'xattrs'>;
  /** Entries that the directories are taken to have. */
  readonly entries: number;
}

/** Between the names of two directories: no name has it. */
const SEPARATOR = '/';

/** Listings side by side: a message of few large parts costs a fraction of one with four parts a directory. */
export interface PackedListings {
  /** Packed names of each directory, with SEPARATOR between. */
  readonly names: string;
  /** Of each directory its own stat, then those of its entries. */
  readonly stats: Float64Array;
  /** Entries of each directory. */
  readonly counts: Uint32Array;
  /** Numbers of directories that could not be listed. */
  readonly failed: readonly number[];
}

/** Lists directories; why one cannot be listed is not told. */
export const scanTask = defineTask<ScanInput, PackedListings>(
  'scan',
  ({ batch }, { engine }) => pack(engine.scan({ ...batch, xattrs: false })),
  ({ entries }) => entries * ENTRY_WEIGHT,
);

function pack({ listings, failures }: ScanResult): PackedListings {
  const counts = Uint32Array.from(listings, ({ stats }) => stats.length / STAT_FIELDS);
  const stats = new Float64Array(counts.reduce((sum, count) => sum + count + 1, 0) * STAT_FIELDS);
  let at = 0;
  for (const listing of listings) {
    stats.set(listing.self, at);
    stats.set(listing.stats, at + STAT_FIELDS);
    at += STAT_FIELDS + listing.stats.length;
  }
  return { names: listings.map(({ names }) => names).join(SEPARATOR), stats, counts, failed: failures.map(({ index }) => index) };
}

/** The listings as `engine.scan` gives them; undefined for directories that could not be listed. */
export function unpackListings({ names, stats, counts, failed }: PackedListings): readonly (DirectoryListing | undefined)[] {
  const missing = new Set(failed);
  const namesOf = names.split(SEPARATOR);
  let at = 0;
  return Array.from(counts, (count, index) => {
    const [start, entriesAt] = [at, at + STAT_FIELDS];
    at = entriesAt + count * STAT_FIELDS;
    if (missing.has(index)) return undefined;
    return { names: namesOf[index] ?? '', stats: stats.subarray(entriesAt, at), self: stats.subarray(start, entriesAt), xattrs: NO_XATTRS };
  });
}
