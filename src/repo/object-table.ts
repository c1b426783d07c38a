import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { statSync } from 'node:fs';
import { CHECKSUM_BYTES, checksumFromBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, errnoOf, fromNodeError } from '../base/errors.ts';
import { packNames } from '../base/name-list.ts';
import { RECORD_BYTES } from '../engine/engine.ts';
import type { ListResult } from '../engine/engine.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { failureError } from './failure-error.ts';
import { objectsPath } from './layout.ts';
import { fanOutNames } from './list-objects.ts';
import type { OperationContext } from './operation-context.ts';
import type { Repo } from './repo.ts';

/** What a table knows of an object besides its name; several flags may stand together. */
export const FLAG = { reachable: 0x80, wholeHistory: 0x40, youngHistory: 0x20 } as const;
const TYPE_MASK = 0x0f;

const PREFIXES_PER_TURN = 16;
/** Steps of interpolation before the rest is halved. */
const GUESSES = 4;
/** A directory that changed this shortly before it was listed may change again without a newer time. */
const RACY_MILLISECONDS = 2000;

/** An object of the table. */
export interface TableEntry {
  readonly type: ObjectType;
  /** FLAGs, or 0. */
  readonly flags: number;
  readonly ordinal: number;
  /** Where the checksum lies: 32 bytes at `at`. */
  readonly records: Uint8Array;
  readonly at: number;
}

export interface TableOptions {
  /** Learns the size of every object's file too: a stat each, and eight bytes more. Default false. */
  readonly sizes?: boolean | undefined;
}

const NO_RECORDS = new Uint8Array(0);

type Lent = { -readonly [Key in keyof TableEntry]: TableEntry[Key] };

/** The objects of one two-digit directory, sorted, and the directory's times when they were listed. */
interface Bucket {
  readonly records: Uint8Array;
  readonly sizes: Float64Array;
  readonly count: number;
  /** Ordinal of the first record. */
  readonly first: number;
  /** Undefined where nobody can tell by it whether the directory has changed. */
  readonly stamp: string | undefined;
}

/**
 * The loose objects of one repository (not its parents'), listed once: 33 bytes each, and no JavaScript object for any.
 *
 * Records are sorted; checksums are spread evenly, so a search guesses its place by interpolation. An ordinal names an
 * object, in the order of checksums and types.
 */
export class ObjectTable {
  readonly #repo: Repo;
  readonly #buckets: readonly Bucket[];
  readonly size: number;

  private constructor(repo: Repo, buckets: readonly Bucket[]) {
    this.#repo = repo;
    this.#buckets = buckets;
    this.size = buckets.reduce((sum, { count }) => sum + count, 0);
  }

  /** Lists the repository; objects that come later are not in the table. */
  static async list({ repo, signal }: OperationContext, options: TableOptions = {}): Promise<ObjectTable> {
    const buckets: Bucket[] = [];
    const names = fanOutNames();
    for (let at = 0; at < names.length; at += PREFIXES_PER_TURN) {
      if (signal?.aborted === true) throw new CoppiceError('CANCELLED', 'listing objects cancelled');
      const last = buckets.at(-1);
      const first = last === undefined ? 0 : last.first + last.count;
      buckets.push(...listBuckets(repo, names.slice(at, at + PREFIXES_PER_TURN), { first, sizes: options.sizes === true }));
      await eventLoopTurn();
    }
    return new ObjectTable(repo, buckets);
  }

  /** The ordinal of an object; −1 when it is not in the table. */
  find(type: ObjectType, checksum: Uint8Array, offset = 0): number {
    const bucket = this.#buckets[checksum[offset] ?? 0];
    const index = bucket === undefined ? -1 : search(bucket, type, checksum, offset);
    return bucket === undefined || index < 0 ? -1 : bucket.first + index;
  }

  /** Sets the flag of the object; false when it was set, undefined when the object is not in the table. */
  flag(flag: number, type: ObjectType, checksum: Uint8Array, offset = 0): boolean | undefined {
    const bucket = this.#buckets[checksum[offset] ?? 0];
    const index = bucket === undefined ? -1 : search(bucket, type, checksum, offset);
    if (bucket === undefined || index < 0) return undefined;
    const at = (index + 1) * RECORD_BYTES - 1;
    const value = bucket.records[at] ?? 0;
    if ((value & flag) !== 0) return false;
    bucket.records[at] = value | flag;
    return true;
  }

  /** Whether the object is in the table and has the flag. */
  hasFlag(flag: number, type: ObjectType, checksum: Uint8Array, offset = 0): boolean {
    const bucket = this.#buckets[checksum[offset] ?? 0];
    const index = bucket === undefined ? -1 : search(bucket, type, checksum, offset);
    return bucket !== undefined && index >= 0 && ((bucket.records[(index + 1) * RECORD_BYTES - 1] ?? 0) & flag) !== 0;
  }

  /** Every object in order. The same entry is lent again and again. */
  *entries(): Generator<TableEntry> {
    const entry: Lent = { type: OBJECT_TYPE.file, flags: 0, ordinal: 0, records: new Uint8Array(0), at: 0 };
    for (const { records, count, first } of this.#buckets) {
      entry.records = records;
      for (let index = 0; index < count; index++) {
        entry.at = index * RECORD_BYTES;
        const value = records[entry.at + CHECKSUM_BYTES] ?? 0;
        entry.type = (value & TYPE_MASK) as ObjectType; // the engine lists the types that there are
        entry.flags = value & ~TYPE_MASK;
        entry.ordinal = first + index;
        yield entry;
      }
    }
  }

  /** Bytes of each object's file by ordinal; zeros in a table without sizes. */
  sizesByOrdinal(): Float64Array {
    const sizes = new Float64Array(this.size);
    for (const bucket of this.#buckets) sizes.set(bucket.sizes, bucket.first);
    return sizes;
  }

  /**
   * Whether an object has come or gone since the table was made. Directories that show no change since, long after they
   * were changed last, are not listed again.
   */
  async hasChanged(): Promise<boolean> {
    const names = fanOutNames();
    for (let at = 0; at < names.length; at += PREFIXES_PER_TURN) {
      if (this.#haveChanged(names.slice(at, at + PREFIXES_PER_TURN), this.#buckets.slice(at, at + PREFIXES_PER_TURN))) return true;
      await eventLoopTurn();
    }
    return false;
  }

  #haveChanged(prefixes: readonly string[], buckets: readonly Bucket[]): boolean {
    const unsure = buckets.map((_, index) => index).filter((index) => {
      const stamp = buckets[index]?.stamp;
      return stamp === undefined || stamp !== stampOf(this.#repo, prefixes[index] ?? '', 0);
    });
    const { records, ends, failures: [failure] } = listRecords(this.#repo, unsure.map((index) => prefixes[index] ?? ''), false);
    if (failure !== undefined) throw failureError(failure);
    return unsure.some((index, position) => {
      const [start, end] = [ends[position - 1] ?? 0, ends[position] ?? 0];
      return !sameObjects(buckets[index]?.records ?? NO_RECORDS, records.subarray(start * RECORD_BYTES, end * RECORD_BYTES));
    });
  }
}

/** The checksum of an entry. */
export function checksumOf({ records, at }: TableEntry): Checksum {
  return checksumFromBytes(records, at);
}

function listBuckets(repo: Repo, prefixes: readonly string[], want: { readonly first: number; readonly sizes: boolean }): Bucket[] {
  const stamps = prefixes.map((prefix) => stampOf(repo, prefix, RACY_MILLISECONDS));
  const { records, sizes, ends, failures } = listRecords(repo, prefixes, want.sizes);
  const [failure] = failures;
  if (failure !== undefined) throw failureError(failure);
  return stamps.map((stamp, index) => {
    const [start, end] = [ends[index - 1] ?? 0, ends[index] ?? 0];
    return {
      records: records.subarray(start * RECORD_BYTES, end * RECORD_BYTES),
      sizes: sizes.subarray(start, end),
      count: end - start,
      first: want.first + start,
      stamp,
    };
  });
}

function listRecords(repo: Repo, prefixes: readonly string[], sizes: boolean): ListResult {
  return repo.engine.list({ objects: objectsPath(repo.path), prefixes: packNames(prefixes), archive: repo.mode === 'archive', sizes });
}

/** The directory's inode and times; undefined when they are younger than `restMilliseconds`. */
function stampOf(repo: Repo, prefix: string, restMilliseconds: number): string | undefined {
  const path = `${objectsPath(repo.path)}/${prefix}`;
  try {
    const { ino, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    return Date.now() - Number(ctimeMs) < restMilliseconds ? undefined : `${ino} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromNodeError(error, path);
  }
}

function sameObjects(flagged: Uint8Array, plain: Uint8Array): boolean {
  if (flagged.length !== plain.length) return false;
  for (let at = 0; at < plain.length; at++) {
    const isType = (at + 1) % RECORD_BYTES === 0;
    const value = flagged[at] ?? 0;
    if ((isType ? value & TYPE_MASK : value) !== plain[at]) return false;
  }
  return true;
}

/** The index of a record; −1 when there is none. */
function search({ records, count }: Bucket, type: number, checksum: Uint8Array, offset: number): number {
  let low = 0;
  let high = count - 1;
  for (let step = 0; low <= high; step++) {
    const middle = step < GUESSES ? guess(records, low, high, word(checksum, offset)) : (low + high) >>> 1;
    const at = middle * RECORD_BYTES;
    const order = compare(records, at, checksum, offset) || ((records[at + CHECKSUM_BYTES] ?? 0) & TYPE_MASK) - type;
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Bytes 1 to 4: the first is the same in a whole bucket. */
function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at + 1] ?? 0) * 0x100_0000 + (((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0))
  );
}

function guess(records: Uint8Array, low: number, high: number, wanted: number): number {
  const [first, last] = [word(records, low * RECORD_BYTES), word(records, high * RECORD_BYTES)];
  if (last <= first) return low;
  const share = Math.min(Math.max((wanted - first) / (last - first), 0), 1);
  return low + Math.round(share * (high - low));
}

/** Negative when the record's checksum comes before the wanted one; their first bytes are the same. */
function compare(records: Uint8Array, at: number, checksum: Uint8Array, offset: number): number {
  for (let i = 1; i < CHECKSUM_BYTES; i++) {
    const difference = (records[at + i] ?? 0) - (checksum[offset + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
