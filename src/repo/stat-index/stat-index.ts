import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, rmSync, statfsSync, statSync } from 'node:fs';
import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { checksumToBytes } from '../../base/checksum.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { cachePath } from '../layout.ts';
import { presencePath } from '../presence.ts';
import type { Repo } from '../repo.ts';
import { decodeRecord, encodeRecord } from './directory-record.ts';
import type { DirectoryRecord } from './directory-record.ts';
import { IndexFile } from './index-file.ts';
import { IndexWriter } from './index-writer.ts';
import { storeState } from './store-state.ts';

/** Indexes kept in a repository; the least recently written go first. */
const MAX_INDEXES = 16;

/** statfs types where another machine's clock sets ctime, or a user's program: NFS, CIFS, SMB2, FUSE, 9p, AFS, Ceph. */
const FOREIGN_CLOCKS: ReadonlySet<number> = new Set([
  0x6969, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x5346414f, 0x00c36400,
]);

/**
 * What the last commit of a source directory learned: per directory the stat of every entry and the checksum of
 * every file. It is a cache: damaged, absent or foreign, the commit reads its files; a failed write is no failure.
 */
export class StatIndex {
  /** The commit that the index tells of, if there is an index. */
  readonly commit: Checksum | undefined;
  /** Whether no object was added or removed since the index was written. */
  readonly isStoreSame: boolean;
  readonly #repo: Repo;
  readonly #old: IndexFile | undefined;
  #writer: IndexWriter | undefined;

  private constructor(repo: Repo, old: IndexFile | undefined, writer: IndexWriter) {
    this.#repo = repo;
    this.isStoreSame = old?.storeState === storeState(repo).toString('hex');
    this.#old = old;
    this.#writer = writer;
    this.commit = old !== undefined && isChecksum(old.commit) ? old.commit : undefined;
  }

  /**
   * Opens the index of the directory `root` for commits whose files are changed as `fingerprint` tells; undefined
   * where a file's ctime cannot be trusted.
   */
  static open(repo: Repo, root: string, fingerprint: string): StatIndex | undefined {
    try {
      const real = realpathSync(root);
      if (FOREIGN_CLOCKS.has(statfsSync(real).type)) return undefined;
      const directory = `${cachePath(repo.path)}/coppice-stat-index`;
      mkdirSync(directory, { recursive: true });
      const name = createHash('sha256').update(`${real}\0${fingerprint}`).digest('hex').slice(0, 32);
      dropOldIndexes(directory, name);
      const path = `${directory}/${name}`;
      return new StatIndex(repo, IndexFile.open(path), new IndexWriter(path, presencePath(repo, 'index')));
    } catch {
      return undefined; // a read-only or full repository directory: the commit itself will tell
    }
  }

  /** What is known of the directory, relative to the root. */
  lookup(path: RelativePath): DirectoryRecord | undefined {
    const payload = this.#old?.read(path);
    return payload === undefined ? undefined : decodeRecord(payload);
  }

  /** Remembers the directory for the next commit. */
  record(path: RelativePath, record: DirectoryRecord): void {
    this.#attempt((writer) => writer.add(path, encodeRecord(record)));
  }

  /** Remembers the directory as it was remembered before. */
  keep(path: RelativePath): void {
    const payload = this.#old?.read(path);
    if (payload !== undefined) this.#attempt((writer) => writer.add(path, payload));
  }

  /** Makes what was recorded the index of `commit`. */
  finish(commit: Checksum): void {
    this.#attempt((writer) => writer.finish(checksumToBytes(commit), storeState(this.#repo)));
    this.#old?.close();
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
    }
  }
}

/** Keeps the directory small: the indexes written longest ago go. */
function dropOldIndexes(directory: string, keep: string): void {
  const surplus = readdirSync(directory)
    .filter((name) => name !== keep)
    .map((name) => ({ name, time: statSync(`${directory}/${name}`).mtimeMs }))
    .toSorted((a, b) => b.time - a.time)
    .slice(MAX_INDEXES - 1);
  for (const { name } of surplus) rmSync(`${directory}/${name}`, { force: true });
}
