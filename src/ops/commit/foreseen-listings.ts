import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { compareUtf8 } from '../../base/byte-order.ts';
import { packNames, unpackNames } from '../../base/name-list.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isDirectory } from '../../base/unix-mode.ts';
import { STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing, Engine } from '../../engine/engine.ts';
import type { Pool } from '../../pool/task.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { CommitIndex } from './commit-index.ts';
import { statField } from './plan-directory.ts';
import type { Listed, PlanContext } from './plan-directory.ts';
import { soleFilesLayer } from './scan-directories.ts';
import { ENTRY_WEIGHT, scanTask, unpackListings } from './scan-task.ts';
import type { PackedListings, ScanInput } from './scan-task.ts';
import type { TreeWork } from './write-tree.ts';

/** Entries of one task: a millisecond or two, so that the threads share the end of the walk too. */
const ENTRIES_PER_TASK = 256;
/** Tasks at each of the other threads: enough to last while this one is at its own work. */
const TASKS_PER_THREAD = 4;
/** What a directory is taken to have as long as nothing is read. */
const EXPECTED_ENTRIES = 12;

/** A directory that the walk is going to ask for. */
interface Foreseen {
  readonly path: RelativePath;
  readonly record: DirectoryRecord;
}

/** Directories that are listed together. */
interface Batch {
  /** In the order in which they were sent; undefined until they are there. */
  listings: readonly (DirectoryListing | undefined)[] | undefined;
  readonly done: Promise<void>;
}

interface Sent extends Foreseen {
  readonly batch: Batch;
  readonly position: number;
}

/**
 * Listings of directories before the walk comes to them, made on all threads: the stat index tells which there were.
 *
 * What it foresees is in the walk's own order: what the walk passes by is gone since, and is dropped. A directory that
 * cannot be listed, or that the index does not know, is left to the walk. What is held is bounded by the memory budget.
 * This thread lists where it would wait for the others, else it leaves that to them and goes on with the walk.
 */
export class ForeseenListings {
  readonly #pool: Pool;
  readonly #engine: Engine;
  readonly #index: CommitIndex;
  readonly #root: string;
  readonly #mostEntries: number;
  /** Directories whose records are not read yet; the next one is the last. */
  readonly #unread: RelativePath[] = [parseRelativePath('')];
  /** Sent and not taken, in the walk's order. */
  readonly #sent = new Map<RelativePath, Sent>();
  #sentEntries = 0;
  #running = 0;

  constructor(pool: Pool, engine: Engine, index: CommitIndex, root: string) {
    this.#pool = pool;
    this.#engine = engine;
    this.#index = index;
    this.#root = root;
    this.#mostEntries = pool.budget.batchFiles * pool.budget.batchesPerThread * pool.width;
    pool.expect(index.directories * EXPECTED_ENTRIES * ENTRY_WEIGHT);
  }

  /** Whether the directory has been sent; the walk is about to take it. */
  has(path: RelativePath): boolean {
    return this.#sent.has(path);
  }

  /** The listing of the directory and what is remembered of it; undefined where the walk has to list it. */
  async take(path: RelativePath): Promise<Listed | undefined> {
    this.#passTo(path);
    this.#sendMore();
    const wanted = this.#sent.get(path);
    if (wanted === undefined) return undefined;
    this.#forget(wanted);
    const { batch, position, record } = wanted;
    while (batch.listings === undefined && this.#hasMore()) {
      this.#listHere(this.#nextBatch());
      await eventLoopTurn(); // lets answers in
      this.#sendMore();
    }
    await batch.done;
    const listing = batch.listings?.[position];
    return listing === undefined ? undefined : { listing, record };
  }

  #sendMore(): void {
    while (this.#running < TASKS_PER_THREAD * (this.#pool.width - 1) && this.#hasMore()) this.#send(this.#nextBatch());
  }

  #hasMore(): boolean {
    return this.#unread.length > 0 && this.#sentEntries < this.#mostEntries;
  }

  /** Drops what the walk would have come to before. */
  #passTo(path: RelativePath): void {
    for (const sent of this.#sent.values()) {
      if (!isBefore(sent.path, path)) return;
      this.#forget(sent);
    }
    for (let next = this.#unread.at(-1); next !== undefined && isBefore(next, path); next = this.#unread.at(-1)) this.#unread.pop();
  }

  #forget(sent: Sent): void {
    this.#sent.delete(sent.path);
    this.#sentEntries -= weightOf(sent);
  }

  #nextBatch(): readonly Foreseen[] {
    const batch: Foreseen[] = [];
    let entries = 0;
    for (let path = this.#unread.pop(); path !== undefined; path = this.#unread.pop()) {
      const record = this.#index.recordOf(path);
      if (record !== undefined) {
        batch.push({ path, record });
        entries += weightOf({ record });
        this.#foresee(path, record);
      }
      if (entries >= ENTRIES_PER_TASK) break;
    }
    return batch;
  }

  /** Its subdirectories come next, the first of them on top. */
  #foresee(path: RelativePath, { metas, names, stats }: DirectoryRecord): void {
    if (metas.length === 0) return;
    const all = unpackNames(names);
    for (let row = all.length - 1; row >= 0; row--) {
      if (isDirectory(statField(stats, row, 'mode'))) this.#unread.push(joinRelative(path, all[row] ?? ''));
    }
  }

  #send(directories: readonly Foreseen[]): void {
    this.#running += 1;
    this.#note(directories, this.#pool.run(scanTask, this.#inputOf(directories)), () => (this.#running -= 1));
  }

  #listHere(directories: readonly Foreseen[]): void {
    const list = async (): Promise<PackedListings> => scanTask.handler(this.#inputOf(directories), { engine: this.#engine });
    this.#note(directories, list(), () => undefined);
  }

  /** Whatever goes wrong is found by the walk, which lists these itself then. */
  #note(directories: readonly Foreseen[], listed: Promise<PackedListings>, onEnd: () => void): void {
    const receive = async (): Promise<void> => {
      const listings = await listed.then(unpackListings, () => []);
      batch.listings = listings;
      onEnd();
    };
    const batch: Batch = { listings: undefined, done: receive() };
    for (const [position, one] of directories.entries()) {
      this.#sent.set(one.path, { ...one, batch, position });
      this.#sentEntries += weightOf(one);
    }
  }

  #inputOf(directories: readonly Foreseen[]): ScanInput {
    const entries = directories.reduce((sum, one) => sum + weightOf(one), 0);
    return { batch: { root: this.#root, directories: packNames(directories.map(({ path }) => path)) }, entries };
  }
}

/** Whether a depth-first walk in byte order comes to `a` before it comes to `b`: a directory, then what is in it, then its neighbours. */
function isBefore(a: RelativePath, b: RelativePath): boolean {
  return a !== b && compareUtf8(a.replaceAll('/', '\0'), b.replaceAll('/', '\0')) < 0;
}

/** The directory itself counts as one entry. */
function weightOf({ record }: Pick<Foreseen, 'record'>): number {
  return record.stats.length / STAT_FIELDS + 1;
}

/** Listings foreseen for this walk; undefined where there is no index, or no thread beside this one. */
export function foreseeListings(pool: Pool, { engine, index, modifier }: PlanContext, work: TreeWork): ForeseenListings | undefined {
  if (index === undefined || index.isNew || modifier.keepsXattrs || pool.width < 2) return undefined;
  const layer = soleFilesLayer(work);
  return layer === undefined ? undefined : new ForeseenListings(pool, engine, index, layer.root);
}
