import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CHECKSUM_BYTES, checksumToBytes } from '../../base/checksum.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { sleepSync } from '../../base/sleep.ts';
import { cachePath } from '../layout.ts';
import { presencePath } from '../presence.ts';
import type { Repo } from '../repo.ts';
import { decodeRecord, encodeRecord, recordBytes } from './directory-record.ts';
import type { DirectoryRecord } from './directory-record.ts';
import { tellsEveryChange } from './file-system-trust.ts';
import { IndexFile } from './index-file.ts';
import type { RecordPlace } from './index-file.ts';
import { IndexWriter } from './index-writer.ts';
import { readerIdentity } from './reader-identity.ts';
import { storeState } from './store-state.ts';

/** Indexes kept in a repository, and their bytes together; the least recently written go first. */
const MAX_INDEXES = 16;
const MAX_TOTAL_BYTES = 2 * 1024 * 1024 * 1024;

/** A tick of the kernel's clock is 10 ms at most; file systems that need longer have whole seconds. */
const MAX_TICK_WAITS = 12;
const UNKNOWN_STATE = Buffer.alloc(CHECKSUM_BYTES);

export interface KnownDirectory extends RecordPlace {
  readonly record: DirectoryRecord;
}

/**
 * What the last commit of a source directory learned: per directory the stat of every entry and the checksum of
 * every file. It is a cache: damaged, absent or foreign, the commit reads its files; a failed write is no failure.
 */
export class StatIndex {
  /** The commit that the index tells of, if there is an index. */
  readonly commit: Checksum | undefined;
  /** Whether no object was added or removed since the index was written. */
  readonly isStoreSame: boolean;
  /** When the index was opened by the kernel's clock, or earlier, in milliseconds since 1970. */
  readonly openedAtMilliseconds: number;
  readonly #repo: Repo;
  readonly #path: string;
  readonly #old: IndexFile | undefined;
  #writer: IndexWriter | undefined;
  /** Where the records begin that stay as they are. */
  readonly #kept: number[] = [];

  private constructor(repo: Repo, path: string, { old, writer }: { readonly old: IndexFile | undefined; readonly writer: IndexWriter }) {
    this.#repo = repo;
    this.#path = path;
    this.isStoreSame = old?.storeState === storeState(repo).digest.toString('hex');
    this.#old = old;
    this.#writer = writer;
    this.commit = old !== undefined && isChecksum(old.commit) ? old.commit : undefined;
    // the repository may lie on another machine, whose clock is ahead
    this.openedAtMilliseconds = Math.min(Date.now(), writer.now());
  }

  /**
   * Opens the index of the directory `root` for commits whose files are changed as `fingerprint` tells; undefined
   * where a file's ctime cannot be trusted.
   */
  static open(repo: Repo, root: string, fingerprint: string): StatIndex | undefined {
    try {
      const real = realpathSync(root);
      if (!tellsEveryChange(real)) return undefined;
      const directory = `${cachePath(repo.path)}/coppice-stat-index`;
      mkdirSync(directory, { recursive: true });
      const name = createHash('sha256').update(`${real}\0${readerIdentity()}\0${fingerprint}`).digest('hex').slice(0, 32);
      dropOldIndexes(directory, name);
      return StatIndex.#open(repo, `${directory}/${name}`);
    } catch {
      return undefined; // a read-only or full repository directory: the commit itself will tell
    }
  }

  static #open(repo: Repo, path: string): StatIndex {
    const writer = new IndexWriter(path, presencePath(repo, 'index'));
    try {
      return new StatIndex(repo, path, { old: IndexFile.open(path), writer });
    } catch (error) {
      writer.discard();
      throw error;
    }
  }

  /** Whether there was no index: nothing is known. */
  get isNew(): boolean {
    return this.#old === undefined;
  }

  /** How many directories are known. */
  get directories(): number {
    return this.#old?.count ?? 0;
  }

  /** What is known of the directory, relative to the root. */
  lookup(path: RelativePath): KnownDirectory | undefined {
    const found = this.#old?.read(path);
    const record = found === undefined ? undefined : decodeRecord(found.payload);
    return found === undefined || record === undefined ? undefined : { record, offset: found.offset, number: found.number };
  }

  /** Remembers the directory for the next commit. */
  record(path: RelativePath, record: DirectoryRecord): void {
    this.#attempt((writer) => writer.add(path, recordBytes(record), (payload) => encodeRecord(record, payload)));
  }

  /** Remembers the directory as it was remembered before; it has been looked up. */
  keep(path: RelativePath): void {
    const place = this.#old?.placeOf(path);
    if (place !== undefined) this.#kept.push(place.offset);
  }

  /** The same for many: where their records begin in the file. */
  keepAll(offsets: Float64Array): void {
    for (const offset of offsets) this.#kept.push(offset);
  }

  /** The file of the earlier index, for an engine that reads it itself, and the digest that it is known by. */
  get file(): { readonly path: string; readonly digest: Uint8Array } {
    return { path: this.#path, digest: this.#old?.digest ?? new Uint8Array(0) };
  }

  /** Remembers directories whose records the engine has made. */
  append(records: Uint8Array): void {
    this.#attempt((writer) => writer.append(Buffer.from(records.buffer, records.byteOffset, records.byteLength)));
  }

  /** Makes what was recorded the index of `commit`. */
  finish(commit: Checksum): void {
    this.#attempt((writer) => {
      const state = settledState(this.#repo, writer);
      if (this.#retell(writer, checksumToBytes(commit), state)) return writer.discard();
      this.#addKept(writer);
      return writer.finish(checksumToBytes(commit), state);
    });
    this.#old?.close();
  }

  /** Where every directory is remembered as before, and no other, the old file needs a new header only. */
  #retell(writer: IndexWriter, commit: Uint8Array, state: Uint8Array): boolean {
    const old = this.#old;
    return old !== undefined && writer.isEmpty && this.#kept.length === old.count && old.retell(this.#path, commit, state);
  }

  #addKept(writer: IndexWriter): void {
    for (const records of this.#old?.runsOf(Float64Array.from(this.#kept).toSorted()) ?? []) writer.append(records);
  }

  /** Keeps the old index. */
  discard(): void {
    this.#attempt((writer) => writer.discard());
    this.#old?.close();
  }

  #attempt(work: (writer: IndexWriter) => void): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    try {
      work(writer);
    } catch {
      this.#writer = undefined; // a full disk, say: the next commit reads its files again
      dropQuietly(writer);
    }
  }
}

function dropQuietly(writer: IndexWriter): void {
  try {
    writer.discard();
  } catch {
    // what is left is swept away with the leftovers of dead processes
  }
}

/**
 * The state of the store once the tick of its last change is over: a removal in that same tick would leave the same times.
 */
function settledState(repo: Repo, writer: IndexWriter): Buffer {
  for (let wait = 0; wait < MAX_TICK_WAITS; ) {
    const now = writer.now();
    const state = storeState(repo);
    if (state.changedAtMilliseconds < now) return state.digest;
    do {
      sleepSync(1);
      wait += 1;
    } while (wait < MAX_TICK_WAITS && writer.now() <= state.changedAtMilliseconds);
  }
  return UNKNOWN_STATE;
}

/** Keeps the directory small: the indexes written longest ago go. */
function dropOldIndexes(directory: string, keep: string): void {
  const others = readdirSync(directory)
    .filter((name) => name !== keep)
    .map((name) => ({ name, stat: statSync(`${directory}/${name}`, { throwIfNoEntry: false }) }))
    .toSorted((a, b) => (b.stat?.mtimeMs ?? 0) - (a.stat?.mtimeMs ?? 0));
  let total = 0;
  for (const [place, { name, stat }] of others.entries()) {
    total += stat?.size ?? 0;
    if (place >= MAX_INDEXES - 1 || total > MAX_TOTAL_BYTES) rmSync(`${directory}/${name}`, { force: true, recursive: true });
  }
}
