import { compareUtf8 } from '../../base/byte-order.ts';
import { packNames, unpackNames } from '../../base/name-list.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing } from '../../engine/engine.ts';
import { NO_XATTRS } from '../../engine/header.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { KnownDirectory } from '../../repo/stat-index/stat-index.ts';
import { hadDirectory, sameRow } from './observation.ts';
import type { Listed } from './plan-directory.ts';

/** Entries that are not as remembered, of one directory; one with more is left to the walk. */
const MOST_NEWS = 4096;
/** What decoding leaves in a name that is not UTF-8: the walk tells that there is one. */
const REPLACEMENT = '\ufffd';

interface NewEntry {
  readonly name: string;
  readonly stats: Float64Array;
}

/** A directory, entry by entry in any order, against what the stat index remembers of it. */
export class ComparedDirectory {
  readonly path: RelativePath;
  readonly known: KnownDirectory | undefined;
  /** Its row in the record of its parent, where it is as remembered there. */
  readonly row: number | undefined;
  readonly #self: Float64Array;
  readonly #rows: ReadonlyMap<string, number>;
  /** Rows of the record that are there as remembered. */
  readonly #met: Uint8Array;
  #metCount = 0;
  readonly #news: NewEntry[] = [];
  #hasAllNews = true;
  /** Which of the record's directories a row is. */
  #ordinals: ReadonlyMap<number, number> | undefined;

  constructor(path: RelativePath, self: Float64Array, known: KnownDirectory | undefined, row: number | undefined) {
    this.path = path;
    this.known = known;
    this.row = row;
    this.#self = Float64Array.from(self);
    this.#rows = rowsOf(known?.record);
    this.#met = new Uint8Array(this.#rows.size);
  }

  /** Takes the next entry; its row in the record where it is as remembered. */
  meet(name: string, stats: Float64Array): number | undefined {
    const row = this.#rows.get(name);
    if (row !== undefined && this.known !== undefined && sameRow(stats, 0, this.known.record.stats, row)) {
      if (this.#met[row] === 0) this.#metCount += 1;
      this.#met[row] = 1;
      return row;
    }
    if (this.#news.length < MOST_NEWS && !name.includes(REPLACEMENT)) this.#news.push({ name, stats: Float64Array.from(stats) });
    else this.#hasAllNews = false;
    return undefined;
  }

  /** Whether it has the entries that are remembered, all as they were. */
  get isSame(): boolean {
    return this.#news.length === 0 && this.hasSameNames;
  }

  /** Whether it has the names that are remembered, and nothing was added, removed or renamed since. */
  get hasSameNames(): boolean {
    if (this.known === undefined || !this.#hasAllNews || !sameRow(this.#self, 0, this.known.record.self, 0)) return false;
    return this.#metCount + this.#news.length === this.#rows.size && this.#news.every(({ name }) => this.#rows.has(name));
  }

  /** Whether the record has this directory, which is in it, with the checksums that its own record tells. */
  hadSame(below: ComparedDirectory): boolean {
    if (this.known === undefined || below.known === undefined || below.row === undefined) return false;
    const { record } = this.known;
    this.#ordinals ??= ordinalsOf(record);
    return hadDirectory(record, below.row, this.#ordinals.get(below.row) ?? 0, below.known.record);
  }

  /** How many entries it has, itself among them. */
  get entries(): number {
    return this.#metCount + this.#news.length + 1;
  }

  /** What is in it; undefined where that is too much. */
  listed(): Listed | undefined {
    const listing = this.#listing();
    if (listing === undefined) return undefined;
    return this.known === undefined ? { listing } : { listing, record: this.known.record };
  }

  #listing(): DirectoryListing | undefined {
    if (!this.#hasAllNews) return undefined;
    const entries = [...this.#oldEntries(), ...this.#news].toSorted((a, b) => compareUtf8(a.name, b.name));
    const stats = new Float64Array(entries.length * STAT_FIELDS);
    for (const [index, entry] of entries.entries()) stats.set(entry.stats, index * STAT_FIELDS);
    return { names: packNames(entries.map(({ name }) => name)), stats, self: this.#self, xattrs: NO_XATTRS };
  }

  *#oldEntries(): Generator<NewEntry> {
    const stats = this.known?.record.stats;
    for (const [name, row] of this.#rows) {
      if (this.#met[row] === 1 && stats !== undefined) yield { name, stats: stats.subarray(row * STAT_FIELDS, (row + 1) * STAT_FIELDS) };
    }
  }
}

function rowsOf(record: DirectoryRecord | undefined): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  for (const name of unpackNames(record?.names ?? '')) rows.set(name, rows.size);
  return rows;
}

function ordinalsOf({ stats }: DirectoryRecord): ReadonlyMap<number, number> {
  const ordinals = new Map<number, number>();
  for (let row = 0; row * STAT_FIELDS < stats.length; row++) {
    if (isDirectory(stats[row * STAT_FIELDS + STAT.mode] ?? 0)) ordinals.set(row, ordinals.size);
  }
  return ordinals;
}
