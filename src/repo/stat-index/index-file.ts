import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/*
 * An index file, little-endian, private to coppice:
 *   header   16 bytes magic · 32 bytes checksum of the commit that it tells of · 32 bytes state of the object directories ·
 *            16 bytes digest of these and the table
 *   records  16 bytes key · u32 length · 16 bytes digest of the payload · payload
 *   table    count × (16 bytes key · u48 offset of the record · u16 zero), sorted by key
 *   footer   u48 offset of the table · u32 count
 * A key is the head of the SHA-256 of the directory's path. Whatever does not fit makes the file invalid: it is a cache.
 * A commit that changes no record writes the header alone, in place.
 */
export const MAGIC = Buffer.from('coppice-index-5\n', 'latin1');
export const DIGEST_BYTES = 16;
const TOLD_BYTES = MAGIC.length + 64;
export const HEADER_BYTES = TOLD_BYTES + DIGEST_BYTES;
/** Where the length stands in a record, and where the payload begins. */
export const LENGTH_AT = DIGEST_BYTES;
export const RECORD_HEAD_BYTES = LENGTH_AT + 4 + DIGEST_BYTES;
export const ENTRY_BYTES = DIGEST_BYTES + 8;
export const FOOTER_BYTES = 6 + 4;
/** Most records are no larger and are read in one call. */
const LIKELY_RECORD_BYTES = 4096;
/** No directory has a record larger than this; a damaged length is not believed. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;

export function digestOf(...parts: readonly Uint8Array[]): Buffer {
  const bytes = parts.length === 1 ? parts[0] : undefined;
  return hash('sha256', bytes ?? Buffer.concat(parts), 'buffer').subarray(0, DIGEST_BYTES);
}

/** The key of a directory's record. */
export function pathKey(path: string): Buffer {
  return hash('sha256', path, 'buffer').subarray(0, DIGEST_BYTES);
}

/** The header of a file with this table. */
export function headerOf(commit: Uint8Array, storeState: Uint8Array, table: Uint8Array): Buffer {
  const told = Buffer.concat([MAGIC, commit, storeState]);
  return Buffer.concat([told, digestOf(told, table)]);
}

/** Records share buffers of this size: to make one for each costs more than to read it. */
const SLAB_BYTES = 256 * 1024;
/** Neighbouring records are copied in pieces of about this size. */
const RUN_BYTES = 256 * 1024;
/** Where in a slab a record begins, so that the numbers in it lie on multiples of eight. */
const ALIGNMENT = 8 - (RECORD_HEAD_BYTES % 8);

export interface RecordPlace {
  /** Where it begins in the file. */
  readonly offset: number;
  /** Counted from 0 in the order of the table. */
  readonly number: number;
}

interface IndexParts {
  readonly header: Buffer;
  readonly table: Buffer;
  readonly recordsEnd: number;
}

/** An open, valid index file. */
export class IndexFile {
  /** The commit whose tree it tells, 64 hex digits. */
  readonly commit: string;
  /** `storeState` when it was written, 64 hex digits. */
  readonly storeState: string;
  /** Of header and table: no two index files have the same. */
  readonly digest: Buffer;
  readonly #descriptor: number;
  #slab: Buffer = Buffer.alloc(0);
  #slabUsed = 0;
  readonly #table: Buffer;
  /** Where the records end. */
  readonly recordsEnd: number;

  private constructor(descriptor: number, { header, table, recordsEnd }: IndexParts) {
    this.#descriptor = descriptor;
    this.digest = header.subarray(TOLD_BYTES);
    this.commit = header.toString('hex', MAGIC.length, MAGIC.length + 32);
    this.storeState = header.toString('hex', MAGIC.length + 32, TOLD_BYTES);
    this.#table = table;
    this.recordsEnd = recordsEnd;
  }

  /** Opens the file; undefined when it is absent, damaged or of another version. */
  static open(path: string): IndexFile | undefined {
    const descriptor = openQuietly(path);
    if (descriptor === undefined) return undefined;
    const file = IndexFile.#read(descriptor);
    if (file === undefined) closeSync(descriptor);
    return file;
  }

  static #read(descriptor: number): IndexFile | undefined {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return undefined;
    const size = stat.size;
    const header = readAt(descriptor, 0, HEADER_BYTES);
    const footer = readAt(descriptor, size - FOOTER_BYTES, FOOTER_BYTES);
    if (header === undefined || footer === undefined || !header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    const [tableAt, count] = [footer.readUIntLE(0, 6), footer.readUInt32LE(6)];
    if (tableAt + count * ENTRY_BYTES !== size - FOOTER_BYTES) return undefined;
    const table = readAt(descriptor, tableAt, count * ENTRY_BYTES);
    if (table === undefined || !digestOf(header.subarray(0, TOLD_BYTES), table).equals(header.subarray(TOLD_BYTES))) return undefined;
    return new IndexFile(descriptor, { header, table, recordsEnd: tableAt });
  }

  /** How many directories it tells of. */
  get count(): number {
    return this.#table.length / ENTRY_BYTES;
  }

  /**
   * Makes it, where it is still the file at `path`, the index of another commit with the same directories: one write, so that
   * whoever opens it meanwhile finds it whole or invalid. False where another file has taken its place.
   */
  retell(path: string, commit: Uint8Array, storeState: Uint8Array): boolean {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const [now, own] = [fstatSync(descriptor), fstatSync(this.#descriptor)];
      if (now.dev !== own.dev || now.ino !== own.ino) return false;
      return writeSync(descriptor, headerOf(commit, storeState, this.#table), 0, HEADER_BYTES, 0) === HEADER_BYTES;
    } finally {
      closeSync(descriptor);
    }
  }

  /** What is remembered of the directory; undefined when that is nothing, or damaged. */
  read(path: string): (RecordPlace & { readonly payload: Buffer }) | undefined {
    const place = this.placeOf(path);
    const record = place === undefined ? undefined : this.#recordAt(place.offset);
    if (place === undefined || record === undefined) return undefined;
    const payload = record.subarray(RECORD_HEAD_BYTES);
    return digestOf(payload).equals(record.subarray(LENGTH_AT + 4, RECORD_HEAD_BYTES)) ? { payload, ...place } : undefined;
  }

  /** The whole record as it stands in the file, its digest not compared. */
  #recordAt(offset: number): Buffer | undefined {
    const likely = this.#space(Math.min(LIKELY_RECORD_BYTES, this.recordsEnd - offset));
    if (likely.length < RECORD_HEAD_BYTES || !fillAt(this.#descriptor, likely, offset)) return undefined;
    const length = RECORD_HEAD_BYTES + likely.readUInt32LE(LENGTH_AT);
    if (length > RECORD_HEAD_BYTES + MAX_RECORD_BYTES || offset + length > this.recordsEnd) return undefined;
    if (length > likely.length) return readAt(this.#descriptor, offset, length);
    this.#slabUsed += length;
    return likely.subarray(0, length);
  }

  /** The records that begin at these ascending offsets, neighbours in one piece; without those that do not fit their place. */
  *runsOf(offsets: Float64Array): Generator<Buffer> {
    const starts = this.#sortedStarts();
    let [begin, end, at] = [0, 0, 0];
    for (const offset of offsets) {
      while ((starts[at] ?? Infinity) < offset) at += 1;
      const next = starts[at + 1];
      if (starts[at] !== offset || next === undefined) continue;
      if (offset !== end || next - begin > RUN_BYTES) {
        yield* this.#run(begin, end);
        begin = offset;
      }
      end = next;
    }
    yield* this.#run(begin, end);
  }

  *#run(begin: number, end: number): Generator<Buffer> {
    const bytes = begin < end ? readAt(this.#descriptor, begin, end - begin) : undefined;
    if (bytes !== undefined && isWholeRecords(bytes)) yield bytes;
  }

  /** Where records begin, and at last where they end. */
  #sortedStarts(): Float64Array {
    const starts = new Float64Array(this.count + 1);
    for (let index = 0; index < this.count; index++) starts[index] = this.#table.readUIntLE(index * ENTRY_BYTES + DIGEST_BYTES, 6);
    starts[this.count] = this.recordsEnd;
    return starts.toSorted();
  }

  /** Unused bytes of a slab. */
  #space(length: number): Buffer {
    let start = Math.ceil(this.#slabUsed / 8) * 8 + ALIGNMENT;
    if (start + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      start = ALIGNMENT;
    }
    this.#slabUsed = start;
    return this.#slab.subarray(start, start + length);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Where the record of the directory is, if it has one. */
  placeOf(path: string): RecordPlace | undefined {
    const key = pathKey(path);
    let [low, high] = [0, this.#table.length / ENTRY_BYTES - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = middle * ENTRY_BYTES;
      const order = this.#table.compare(key, 0, DIGEST_BYTES, at, at + DIGEST_BYTES);
      if (order === 0) return { offset: this.#table.readUIntLE(at + DIGEST_BYTES, 6), number: middle };
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}

/** Whether records fill the bytes to the end. */
function isWholeRecords(bytes: Buffer): boolean {
  let at = 0;
  while (at + RECORD_HEAD_BYTES <= bytes.length) at += RECORD_HEAD_BYTES + bytes.readUInt32LE(at + LENGTH_AT);
  return at === bytes.length;
}

function openQuietly(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined; // no index, or one that cannot be read: the commit reads its files instead
  }
}

/** Exactly `length` bytes at `offset`, or undefined, also where the disk fails: without the index the commit goes on. */
function readAt(descriptor: number, offset: number, length: number): Buffer | undefined {
  if (offset < 0 || length < 0) return undefined;
  const bytes = Buffer.allocUnsafe(length);
  return fillAt(descriptor, bytes, offset) ? bytes : undefined;
}

/** False where there are fewer bytes, or the disk fails. */
function fillAt(descriptor: number, bytes: Buffer, offset: number): boolean {
  try {
    return readFull(descriptor, bytes, offset);
  } catch {
    return false;
  }
}

function readFull(descriptor: number, bytes: Buffer, offset: number): boolean {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}
