import { closeSync, constants, fstatSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { digestOf, DIGEST_BYTES, ENTRY_BYTES, FOOTER_BYTES, HEADER_BYTES, headerOf, LENGTH_AT, pathKey, RECORD_HEAD_BYTES } from './index-file.ts';

const BUFFER_BYTES = 256 * 1024;
/** A larger index would cost more to keep than it saves; what does not fit is read again next time. */
const MAX_FILE_BYTES = 1024 * 1024 * 1024;

/** Writes an index file beside the old one; `finish` puts it in its place. Callers treat every error as "no index". */
export class IndexWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  #isOpen = true;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #offset = HEADER_BYTES;
  #keys = Buffer.allocUnsafe(1024 * ENTRY_BYTES);
  #count = 0;

  constructor(path: string, temporary: string) {
    this.#path = path;
    this.#temporary = temporary;
    this.#descriptor = openSync(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  }

  /**
   * The kernel's clock as file systems read it, in milliseconds since 1970: no change that comes later gets an earlier
   * ctime. It lags behind the precise clock by a tick, or by more where a virtual machine is starved.
   */
  now(): number {
    ftruncateSync(this.#descriptor, this.#offset - this.#used);
    return Number(fstatSync(this.#descriptor, { bigint: true }).ctimeNs) / 1e6;
  }

  /** Adds a record for `path`; `encode` fills its payload, which has so many bytes. */
  add(path: string, payloadBytes: number, encode: (payload: Buffer) => void): void {
    if (this.#offset + RECORD_HEAD_BYTES + payloadBytes > MAX_FILE_BYTES) return;
    const record = this.#room(RECORD_HEAD_BYTES + payloadBytes);
    const payload = record.subarray(RECORD_HEAD_BYTES);
    encode(payload);
    const key = pathKey(path);
    record.set(key, 0);
    record.writeUInt32LE(payloadBytes, LENGTH_AT);
    record.set(digestOf(payload), LENGTH_AT + 4);
    this.#addEntry(key, this.#offset);
    this.#take(record);
  }

  /** Adds whole records, one after the other: of another index file, or as the engine makes them. */
  append(records: Buffer): void {
    if (this.#offset + records.length > MAX_FILE_BYTES) return;
    for (let at = 0; at < records.length; at += RECORD_HEAD_BYTES + records.readUInt32LE(at + LENGTH_AT)) {
      this.#addEntry(records.subarray(at, at + DIGEST_BYTES), this.#offset + at);
    }
    this.#append(records);
  }

  /** Completes the file for `commit`, with the state of the object directories (32 bytes each), and replaces the old one. */
  finish(commit: Uint8Array, storeState: Uint8Array): void {
    const tableAt = this.#offset;
    const table = this.#sortedTable();
    const footer = Buffer.alloc(FOOTER_BYTES);
    footer.writeUIntLE(tableAt, 0, 6);
    footer.writeUInt32LE(this.#count, 6);
    this.#append(table);
    this.#append(footer);
    this.#flush();
    writeAll(this.#descriptor, headerOf(commit, storeState, table), 0);
    this.#close();
    renameSync(this.#temporary, this.#path);
  }

  /** Whether no record has been added. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Drops what was written. */
  discard(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }

  #addEntry(key: Buffer, offset: number): void {
    if ((this.#count + 1) * ENTRY_BYTES > this.#keys.length) {
      this.#keys = Buffer.concat([this.#keys, Buffer.allocUnsafe(this.#keys.length)]);
    }
    const at = this.#count * ENTRY_BYTES;
    this.#keys.set(key, at);
    this.#keys.writeUIntLE(offset, at + DIGEST_BYTES, 6);
    this.#keys.writeUInt16LE(0, at + DIGEST_BYTES + 6);
    this.#count += 1;
  }

  #sortedTable(): Buffer {
    const keys = this.#keys;
    const table = Buffer.allocUnsafe(this.#count * ENTRY_BYTES);
    for (const [rank, index] of sortedOrder(keys, this.#count).entries()) keys.copy(table, startOf(rank), startOf(index), startOf(index + 1));
    return table;
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length <= BUFFER_BYTES) this.#room(bytes.length).set(bytes);
    this.#take(bytes);
  }

  /** Where the next bytes are put together: in the buffer, if they fit. */
  #room(bytes: number): Buffer {
    if (this.#used + bytes > BUFFER_BYTES) this.#flush();
    return bytes > BUFFER_BYTES ? Buffer.allocUnsafe(bytes) : this.#buffer.subarray(this.#used, this.#used + bytes);
  }

  /** The bytes are in the room that they were given, or too large for the buffer. */
  #take(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_BYTES) {
      this.#flush();
      writeAll(this.#descriptor, bytes, this.#offset);
    } else {
      this.#used += bytes.length;
    }
    this.#offset += bytes.length;
  }

  #flush(): void {
    writeAll(this.#descriptor, this.#buffer.subarray(0, this.#used), this.#offset - this.#used);
    this.#used = 0;
  }
}

/** Bits of a whole number that floating point keeps exactly. */
const EXACT_BITS = 53;

/**
 * The entries by their keys. Numbers made of the head of a key and of its place sort in a twentieth of the time, for nothing
 * has to be called to compare them; the few keys with the same head are put in order then.
 */
function sortedOrder(keys: Buffer, count: number): Uint32Array {
  const places = 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
  const tail = Math.max((places * 2 ** 32) / 2 ** EXACT_BITS, 1);
  const ranks = new Float64Array(count);
  for (let place = 0; place < count; place++) ranks[place] = Math.floor(keys.readUInt32BE(startOf(place)) / tail) * places + place;
  const sorted = ranks.toSorted();
  const headAt = (at: number): number => Math.floor((sorted[at] ?? 0) / places);
  const order = Uint32Array.from(sorted, (rank) => rank % places);
  for (let end = 1; end < count; end++) if (headAt(end - 1) === headAt(end)) sink(keys, order, end);
  return order;
}

/** Moves the entry at `end` before all that are larger among those in front of it. */
function sink(keys: Buffer, order: Uint32Array, end: number): void {
  const moved = order[end] ?? 0;
  let at = end;
  for (; at > 0 && compareKeys(keys, order[at - 1] ?? 0, moved) > 0; at--) order[at] = order[at - 1] ?? 0;
  order[at] = moved;
}

function compareKeys(keys: Buffer, a: number, b: number): number {
  return keys.compare(keys, startOf(b), startOf(b + 1), startOf(a), startOf(a + 1));
}

function startOf(entry: number): number {
  return entry * ENTRY_BYTES;
}

function writeAll(descriptor: number, bytes: Uint8Array, offset: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}
