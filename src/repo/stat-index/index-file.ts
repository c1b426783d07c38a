import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/*
 * An index file, little-endian, private to coppice:
 *   header   16 bytes magic · 32 bytes checksum of the commit it was written for · 32 bytes state of the object directories
 *   records  16 bytes key · u32 length · 16 bytes digest of the payload · payload
 *   table    count × (16 bytes key · u48 offset of the record · u16 zero), sorted by key
 *   footer   u48 offset of the table · u32 count · 16 bytes digest of header and table
 * A key is the head of the SHA-256 of the directory's path. Whatever does not fit makes the file invalid: it is a cache.
 */
export const MAGIC = Buffer.from('coppice-index-4\n', 'latin1');
export const DIGEST_BYTES = 16;
export const HEADER_BYTES = MAGIC.length + 64;
/** Where the length stands in a record, and where the payload begins. */
export const LENGTH_AT = DIGEST_BYTES;
export const RECORD_HEAD_BYTES = LENGTH_AT + 4 + DIGEST_BYTES;
export const ENTRY_BYTES = DIGEST_BYTES + 8;
export const FOOTER_BYTES = 6 + 4 + DIGEST_BYTES;
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

/** Index files up to this size are read in one piece: that of some 70,000 files. */
const WHOLE_BYTES = 12 * 1024 * 1024;

interface IndexParts {
  readonly header: Buffer;
  readonly table: Buffer;
  readonly digest: Buffer;
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
  #whole: Buffer | undefined;
  readonly #table: Buffer;
  readonly #recordsEnd: number;

  private constructor(descriptor: number, { header, table, digest, recordsEnd }: IndexParts) {
    this.#descriptor = descriptor;
    this.digest = digest;
    this.commit = header.toString('hex', MAGIC.length, MAGIC.length + 32);
    this.storeState = header.toString('hex', MAGIC.length + 32);
    this.#table = table;
    this.#recordsEnd = recordsEnd;
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
    if (table === undefined || !digestOf(header, table).equals(footer.subarray(10))) return undefined;
    return new IndexFile(descriptor, { header, table, digest: footer.subarray(10), recordsEnd: tableAt });
  }

  /** What is remembered of the directory; undefined when that is nothing, or damaged. */
  read(path: string): Buffer | undefined {
    const record = this.readRecord(path);
    if (record === undefined) return undefined;
    const payload = record.subarray(RECORD_HEAD_BYTES);
    return digestOf(payload).equals(record.subarray(LENGTH_AT + 4, RECORD_HEAD_BYTES)) ? payload : undefined;
  }

  /** The whole record as it stands in the file, its digest not compared. */
  readRecord(path: string): Buffer | undefined {
    const offset = this.#offsetOf(pathKey(path));
    const head = offset === undefined ? undefined : this.#bytesAt(offset, RECORD_HEAD_BYTES);
    if (offset === undefined || head === undefined) return undefined;
    const length = head.readUInt32LE(LENGTH_AT);
    if (length > MAX_RECORD_BYTES || offset + RECORD_HEAD_BYTES + length > this.#recordsEnd) return undefined;
    return this.#bytesAt(offset, RECORD_HEAD_BYTES + length);
  }

  #bytesAt(offset: number, length: number): Buffer | undefined {
    if (this.#recordsEnd > WHOLE_BYTES) return readAt(this.#descriptor, offset, length);
    this.#whole ??= readAt(this.#descriptor, 0, this.#recordsEnd);
    if (this.#whole === undefined) return undefined;
    return offset + length <= this.#whole.length ? this.#whole.subarray(offset, offset + length) : undefined;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #offsetOf(key: Buffer): number | undefined {
    let [low, high] = [0, this.#table.length / ENTRY_BYTES - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = middle * ENTRY_BYTES;
      const order = this.#table.compare(key, 0, DIGEST_BYTES, at, at + DIGEST_BYTES);
      if (order === 0) return this.#table.readUIntLE(at + DIGEST_BYTES, 6);
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
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
  try {
    return readFull(descriptor, bytes, offset) ? bytes : undefined;
  } catch {
    return undefined;
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
