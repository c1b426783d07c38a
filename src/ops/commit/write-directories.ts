import { CoppiceError } from '../../base/errors.ts';
import { packNames } from '../../base/name-list.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import type { IngestDirectoriesBatch, IngestDirectoriesResult, IngestedDirectory } from '../../engine/engine.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { Flow } from '../../pool/flow.ts';
import { FILE_WEIGHT } from '../../pool/task.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { DirectoryIds } from './directory-node.ts';
import { FoundDirectory } from './found-directory.ts';
import type { FoundPlace } from './found-directory.ts';
import { ingestDirectoriesTask } from './ingest-directories-task.ts';
import { ingestError } from './ingest-failure.ts';
import type { FilesLayer } from './layer.ts';
import { planMeta, statField } from './plan-directory.ts';
import type { PlanContext } from './plan-directory.ts';
import { wholeLayer } from './whole-layer.ts';
import type { TreeWork } from './write-tree.ts';

/** Directories of one task at most: some hundred files. */
const DIRECTORIES_PER_TASK = 64;
/**
 * As long as so many files are not read, a task that lists has few: V8 has compiled little by then, and a task of many
 * would keep this thread from noticing that the others are up.
 */
const FIRST = { files: 1024, filesPerTask: 48 } as const;
/** Tasks that what is pending is cut into for each thread, as long as it is little. */
const SHARES_PER_THREAD = 2;
/** Parts for each thread of a directory in which a file has turned out to be large: each task does one of those. */
const PARTS_OF_LARGE = 4;
/** Of the free space one task may have so much charged as long as it runs. */
const ROOM_SHARES = 16;
/** Where the space is not counted it has no end. */
const MOST_ROOM = 2 ** 50;
/** What a directory is taken to cost as long as few are known, and so many of that kind are counted among the known. */
const EXPECTED_DIRECTORY = { weight: 16 * FILE_WEIGHT, count: 4 } as const;

/**
 * `writeTree` by `engine.ingestDirectories`: whoever lists a directory stores its files at once. Undefined, with nothing
 * done, where the engine cannot do that, something has to be decided for single entries, or an index knows most files: the
 * walk asks that before anything is opened. It takes a third off the walk's time (bench `commit`): no file is looked
 * at twice, and none has an object of its own on the main thread.
 */
export async function writeDirectories(context: OperationContext, plan: PlanContext, work: TreeWork): Promise<DirectoryIds | undefined> {
  const hasToLook = plan.hardlinks !== 'read' || plan.modifier.usesPaths || work.options.consume;
  const layer = hasToLook ? undefined : wholeLayer(plan, work);
  if (layer === undefined || plan.engine.ingestDirectories === undefined || plan.index?.isNewTo(layer.root) === false) return undefined;
  return new DirectoriesWriter(context, plan, work, layer).run();
}

/** Directories found and not yet listed, or what an earlier task has left of one. */
interface Pending {
  readonly place: FoundPlace;
  readonly rest?: Rest;
  /** Room that its first file needs, where less was not enough. */
  readonly neededBytes?: number;
}

interface Rest {
  readonly directory: FoundDirectory;
  readonly start: number;
  readonly end: number;
  /** Where a file was larger than the room, the others are taken to be so. */
  readonly likelyBytes: number;
}

class DirectoriesWriter {
  readonly #context: OperationContext;
  readonly #plan: PlanContext;
  readonly #work: TreeWork;
  readonly #layer: FilesLayer;
  readonly #flow: Flow;
  /** The last found go first: what is held is bounded by the depth of the tree and its widest directories. */
  readonly #pending: Pending[] = [{ place: { parent: undefined, row: 0, path: parseRelativePath('') } }];
  /** Checksums of dirmetas without xattrs. */
  readonly #metas = new Map<string, Uint8Array>();
  #listed = 0;
  #root: DirectoryIds | undefined;

  constructor(context: OperationContext, plan: PlanContext, work: TreeWork, layer: FilesLayer) {
    this.#context = context;
    this.#plan = plan;
    this.#work = work;
    this.#layer = layer;
    this.#flow = new Flow(context.pool.width * context.pool.budget.batchesPerThread);
  }

  async run(): Promise<DirectoryIds> {
    try {
      await this.#sendAll();
    } catch (error) {
      this.#flow.fail(error);
    }
    await this.#flow.drain();
    if (this.#root === undefined) throw new CoppiceError('INTERNAL', 'the walk ended before its root was complete');
    return this.#root;
  }

  async #sendAll(): Promise<void> {
    while (this.#pending.length > 0 || (await this.#flow.next())) {
      this.#context.pool.expect(this.#weigh(this.#pending));
      const pending = this.#take();
      if (pending.length === 0) continue;
      if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'commit cancelled');
      const room = await this.#reserve(pending);
      await this.#flow.add(() => this.#ingest(pending, room));
      await this.#work.transaction.drain();
      await this.#context.pool.rest();
    }
  }

  /** The rest of a directory goes by itself; others go together, but so that every thread gets some. */
  #take(): readonly Pending[] {
    const last = this.#pending.at(-1);
    if (last === undefined || last.rest !== undefined) return this.#pending.splice(-1);
    const share = Math.ceil(this.#pending.length / (SHARES_PER_THREAD * this.#context.pool.width));
    const count = Math.min(share, DIRECTORIES_PER_TASK);
    const taken = this.#pending.slice(-count);
    const rests = taken.findLastIndex(({ rest }) => rest !== undefined);
    return this.#pending.splice(-(taken.length - rests - 1));
  }

  /** Charges what the task may write. Where little is left, what runs may give some back first. */
  async #reserve([first]: readonly Pending[]): Promise<number> {
    const { transaction } = this.#work;
    const { neededBytes = 0 } = first ?? {};
    if (neededBytes > transaction.leftBytes) await this.#flow.idle();
    if (neededBytes > transaction.leftBytes) transaction.reserve(neededBytes); // which throws
    const room = Math.max(neededBytes, Math.min(this.#usualRoom(first), transaction.leftBytes));
    transaction.count({ contentBytes: room, metadata: 0 });
    return room;
  }

  /** What is left of a directory may begin with a large file, and a task that finds no room for it has to be sent again. */
  #usualRoom(first: Pending | undefined): number {
    const { batchBytes } = this.#context.pool.budget;
    if (first?.rest === undefined) return batchBytes;
    return Math.max(batchBytes, Math.floor(Math.min(this.#work.transaction.leftBytes, MOST_ROOM) / ROOM_SHARES));
  }

  async #ingest(pending: readonly Pending[], room: number): Promise<void> {
    const input = { batch: this.#batchOf(pending, room), weight: this.#weigh(pending) };
    const result = await this.#context.pool.run(ingestDirectoriesTask, input);
    if (this.#flow.failed) return;
    this.#count(result, room);
    const [failure] = result.failures;
    if (failure !== undefined) throw ingestError(this.#layer, failure, result.failureBytes);
    for (const [index, one] of pending.entries()) this.#receive(one, result.directories[index], result.bytesLacking);
  }

  #batchOf(pending: readonly Pending[], room: number): IngestDirectoriesBatch {
    const { modifier } = this.#plan;
    const { budget } = this.#context.pool;
    const { stats } = this.#work;
    const rest = pending[0]?.rest;
    return {
      root: this.#layer.root,
      target: this.#work.transaction.target,
      xattrs: modifier.keepsXattrs ? 'read' : 'none',
      ...modifier.uniform,
      directories: packNames(pending.map(({ place }) => place.path)),
      entries: rest === undefined ? '' : packNames(rest.directory.names.slice(rest.start, rest.end)),
      files: rest === undefined && stats.filesRead < FIRST.files ? Math.min(FIRST.filesPerTask, budget.batchFiles) : budget.batchFiles,
      bytes: budget.batchBytes,
      room,
    };
  }

  /** By what directories have cost so far, or by the file that a task stopped at. */
  #weigh(pending: readonly Pending[]): number {
    const likely = pending.reduce((sum, { rest }) => sum + (rest?.likelyBytes ?? 0), 0);
    const { filesRead, bytesRead } = this.#work.stats;
    const { weight, count } = EXPECTED_DIRECTORY;
    const known = weight * count + filesRead * FILE_WEIGHT + bytesRead;
    return Math.max((known / (this.#listed + count)) * pending.length, likely);
  }

  #count(result: IngestDirectoriesResult, room: number): void {
    const { stats, transaction } = this.#work;
    transaction.release(room - result.bytesWritten);
    stats.contentTotal += result.filesRead;
    stats.contentWritten += result.written;
    stats.contentBytesWritten += result.bytesWritten;
    stats.filesRead += result.filesRead;
    stats.bytesRead += result.bytesRead;
    this.#context.progress?.({ phase: 'commit', filesDone: stats.filesRead, bytesDone: stats.bytesRead });
  }

  #receive(pending: Pending, found: IngestedDirectory | undefined, bytesLacking: number): void {
    if (found === undefined) {
      this.#pending.push(pending);
    } else if (pending.rest === undefined) {
      this.#listed += 1;
      const meta = this.#storeMeta(pending.place.path, found);
      const directory = new FoundDirectory(pending.place, found, meta);
      this.#settle(directory, { start: 0, end: directory.names.length, done: found.done, bytesLacking });
    } else {
      const { directory, start, end } = pending.rest;
      directory.add(start, found);
      this.#settle(directory, { start, end, done: found.done, bytesLacking });
    }
  }

  /** Takes up the subdirectories among what is done, and what is left to do. */
  #settle(directory: FoundDirectory, part: Part): void {
    const reached = part.start + part.done;
    let files = 0;
    for (let row = part.start; row < reached; row++) {
      if (directory.isDirectory(row)) this.#pending.push({ place: this.#placeIn(directory, row) });
      else files += 1;
    }
    this.#addRest(directory, { start: reached, end: part.end, done: part.done, bytesLacking: part.bytesLacking });
    if (directory.settle(files) || directory.names.length === 0) this.#finish(directory);
  }

  #placeIn(parent: FoundDirectory, row: number): FoundPlace {
    return { parent, row, path: joinRelative(parent.place.path, parent.names[row] ?? '') };
  }

  /** A large directory goes on on all threads, in parts that one call is likely to do: it answers with rows for the whole part. */
  #addRest(directory: FoundDirectory, { start, end, bytesLacking }: Part): void {
    const { width, budget } = this.#context.pool;
    const parts = bytesLacking > 0 ? width * PARTS_OF_LARGE : width;
    const step = Math.max(Math.min(Math.ceil((end - start) / parts), budget.batchFiles), 1);
    for (let at = end; at > start; at -= step) {
      const from = Math.max(at - step, start);
      const isNext = from === start && bytesLacking > 0;
      const rest = { directory, start: from, end: at, likelyBytes: bytesLacking };
      this.#pending.push({ place: directory.place, rest, ...(isNext ? { neededBytes: bytesLacking } : {}) });
    }
  }

  /** Writes the dirtree of a complete directory, then of each ancestor that it completes. */
  #finish(complete: FoundDirectory): void {
    let directory: FoundDirectory | undefined = complete;
    while (directory !== undefined) {
      const tree = this.#store(OBJECT_TYPE.dirtree, directory.serialize());
      this.#remember(directory, tree);
      const { parent, row }: FoundPlace = directory.place;
      if (parent === undefined) this.#root = { tree, meta: directory.meta };
      directory = parent?.setDirectory(row, directory, tree) === true ? parent : undefined;
    }
  }

  /** Nothing but what is in the key makes a difference: neither paths nor, where an engine reads none, xattrs. */
  #storeMeta(path: RelativePath, found: IngestedDirectory): Uint8Array {
    if (found.xattrs.length > 0) return this.#store(OBJECT_TYPE.dirmeta, planMeta(this.#plan, path, found));
    const key = `${statField(found.self, 0, 'mode')} ${statField(found.self, 0, 'uid')} ${statField(found.self, 0, 'gid')}`;
    const known = this.#metas.get(key);
    if (known === undefined) {
      const stored = this.#store(OBJECT_TYPE.dirmeta, planMeta(this.#plan, path, found));
      this.#metas.set(key, stored);
      return stored;
    }
    this.#work.stats.metadataTotal += 1;
    return known;
  }

  #store(type: typeof OBJECT_TYPE.dirtree | typeof OBJECT_TYPE.dirmeta, bytes: Uint8Array): Uint8Array {
    this.#work.stats.metadataTotal += 1;
    return this.#work.transaction.storeMetadata(type, bytes);
  }

  #remember(directory: FoundDirectory, tree: Uint8Array): void {
    const { index } = this.#plan;
    if (index === undefined) return;
    const layer: FilesLayer = { kind: 'files', root: this.#layer.root, path: directory.place.path };
    const trusts = (device: number, name: string): boolean => index.trusts(device, layer, name);
    index.remember(directory.place.path, directory.record(tree, index.listedAtMilliseconds, trusts));
  }
}

/** A part of a directory that a task has begun. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** Entries done, from `start` on. */
  readonly done: number;
  readonly bytesLacking: number;
}
