import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import { isSymlink } from '../../base/unix-mode.ts';
import { INGEST } from '../../engine/engine.ts';
import type { IngestResult } from '../../engine/engine.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { Flow } from '../../pool/flow.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { Transaction } from '../../repo/transaction.ts';
import { DirectoryNode } from './directory-node.ts';
import type { DirectoryIds, NodePlace } from './directory-node.ts';
import { IngestBatcher, resultChecksum } from './ingest-batcher.ts';
import type { IngestEntry, ReadyBatch } from './ingest-batcher.ts';
import { ingestTask } from './ingest-task.ts';
import type { DirectoryEntry, DirectoryMeta, DirectoryPlan, Layer } from './layer.ts';
import { planDirectory } from './plan-directory.ts';
import type { PlanContext } from './plan-directory.ts';
import { scanDirectories, scanGroups, soleFilesLayer } from './scan-directories.ts';
import type { Listed } from './scan-directories.ts';
import type { SizeLedger } from './size-ledger.ts';

export interface WriteTreeOptions {
  readonly consume: boolean;
  /** Told of source files that a later tree replaces: consumed too, though nothing of them is committed. */
  readonly shadowed: ((entry: IngestEntry) => void) | undefined;
  /** Collects what `--generate-sizes` writes. */
  readonly sizes: SizeLedger | undefined;
}

/** Counts of one tree, in libostree's words. */
export interface TreeStats {
  contentTotal: number;
  contentWritten: number;
  /** Of regular files; the target of a symlink does not count, as in libostree. */
  contentBytesWritten: number;
  /** Files that were hardlinks into the repository and needed no reading. */
  contentCacheHits: number;
  /** Files that needed no reading, for whatever reason. */
  contentKnown: number;
  metadataTotal: number;
  filesRead: number;
  bytesRead: number;
}

/**
 * Writes the trees laid over each other as objects; resolves to the root's checksums.
 *
 * M1 the walk lists directories depth-first in byte order · M2 files become batches · W ingest · M4 checksums find
 * their directory · M5 a directory without gaps becomes a dirtree and reports to its parent.
 */
export async function writeTree(
  context: OperationContext,
  plan: PlanContext,
  work: { readonly transaction: Transaction; readonly layers: readonly Layer[]; readonly options: WriteTreeOptions },
): Promise<{ readonly root: DirectoryIds; readonly stats: TreeStats }> {
  const writer = new TreeWriter(context, plan, work.transaction, work.options);
  const root = await writer.run(work.layers);
  return { root, stats: writer.stats };
}

class TreeWriter {
  readonly stats: TreeStats = {
    contentTotal: 0, contentWritten: 0, contentBytesWritten: 0, contentCacheHits: 0, contentKnown: 0, metadataTotal: 0, filesRead: 0, bytesRead: 0,
  };
  readonly #context: OperationContext;
  readonly #plan: PlanContext;
  readonly #transaction: Transaction;
  readonly #options: WriteTreeOptions;
  readonly #flow: Flow;
  readonly #batcher: IngestBatcher;
  #root: DirectoryIds | undefined;

  constructor(context: OperationContext, plan: PlanContext, transaction: Transaction, options: WriteTreeOptions) {
    this.#context = context;
    this.#plan = plan;
    this.#transaction = transaction;
    this.#options = options;
    const { width, budget } = context.pool;
    this.#flow = new Flow(width * budget.batchesPerThread);
    const xattrs = plan.modifier.keepsXattrs ? 'read' : 'none';
    this.#batcher = new IngestBatcher({ target: transaction.target, xattrs, consume: options.consume }, budget);
  }

  async run(layers: readonly Layer[]): Promise<DirectoryIds> {
    try {
      await this.#visit({ parent: undefined, index: 0, path: parseRelativePath('') }, layers);
      await this.#send(this.#batcher.take());
    } catch (error) {
      this.#flow.fail(error);
    }
    await this.#flow.drain();
    if (this.#root === undefined) throw new CoppiceError('INTERNAL', 'the walk ended before its root was complete');
    return this.#root;
  }

  async #visit(place: NodePlace, layers: readonly Layer[], listed?: Listed): Promise<void> {
    this.#throwIfAborted();
    const reused = reusedTree(layers);
    if (reused !== undefined) return this.#reportIds(place, reused);
    const plan = planDirectory(this.#plan, place.path, layers, listed);
    const node = new DirectoryNode(place, plan, this.#writeMeta(plan.meta));
    if (plan.unchanged !== undefined) this.#countUnchanged(plan.unchanged);
    await this.#addFiles(node, plan);
    for (const entry of plan.shadowed) if (entry.kind === 'ingest') this.#options.shadowed?.(entry);
    await this.#visitDirectories(node, plan.directories);
    await this.#transaction.drain();
    await this.#context.pool.rest();
    if (node.endWalk()) this.#finish(node);
  }

  async #visitDirectories(node: DirectoryNode, directories: readonly DirectoryEntry[]): Promise<void> {
    let index = 0;
    for (const group of scanGroups(directories)) {
      const listings = this.#scanAhead(group);
      for (const [position, { name, layers }] of group.entries()) {
        const place = { parent: node, index, path: joinRelative(node.path, name) };
        await this.#visit(place, layers, listings[position]);
        index += 1;
      }
    }
  }

  #scanAhead(group: readonly DirectoryEntry[]): readonly Listed[] {
    const layers = group.flatMap((entry) => soleFilesLayer(entry) ?? []);
    const oneRoot = layers.every(({ root }) => root === layers[0]?.root);
    if (layers.length < group.length || !oneRoot) return [];
    return scanDirectories(this.#plan.engine, layers, this.#plan.modifier.keepsXattrs);
  }

  #countUnchanged(record: DirectoryRecord): void {
    const files = (record.checksums.length - record.metas.length) / CHECKSUM_BYTES;
    this.stats.contentTotal += files;
    this.stats.contentKnown += files;
  }

  async #addFiles(node: DirectoryNode, plan: DirectoryPlan): Promise<void> {
    for (const [index, entry] of plan.files.entries()) {
      if (entry.kind === 'known' && entry.by === 'hardlink') this.stats.contentCacheHits += 1;
      else this.stats.contentTotal += 1;
      if (entry.kind === 'known') {
        this.stats.contentKnown += 1;
        node.setFile(index, entry.checksum);
      } else {
        await this.#send(this.#batcher.add(entry, { node, index }));
      }
    }
  }

  #writeMeta(meta: DirectoryMeta): Uint8Array {
    this.stats.metadataTotal += 1;
    if ('checksum' in meta) return meta.checksum;
    const checksum = this.#transaction.storeMetadata(OBJECT_TYPE.dirmeta, meta.bytes);
    this.#options.sizes?.addMetadata(checksum, OBJECT_TYPE.dirmeta, meta.bytes.length);
    return checksum;
  }

  async #send(batch: ReadyBatch | undefined): Promise<void> {
    if (batch === undefined) return;
    this.#throwIfAborted();
    this.#transaction.reserve(batch.bytes);
    await this.#flow.add(async () => {
      const result = await this.#context.pool.run(ingestTask, batch.input);
      if (!this.#flow.failed) this.#receive(batch, result);
    });
  }

  #receive(batch: ReadyBatch, result: IngestResult): void {
    const [failure] = result.failures;
    if (failure !== undefined) throw failureError(failure, { neededBytes: batch.bytes });
    let written = 0;
    let unneeded = 0;
    for (const [index, { node, index: file }] of batch.slots.entries()) {
      const size = result.sizes[index] ?? 0;
      if (result.outcomes[index] === INGEST.existed) {
        unneeded += size;
      } else {
        this.stats.contentWritten += 1;
        if (!isSymlink(batch.input.attributes[index * 3 + 2] ?? 0)) written += size;
      }
      const checksum = resultChecksum(result, index);
      this.#options.sizes?.addContent(checksum, size, result.storedSizes[index] ?? 0);
      if (node.setFile(file, checksum)) this.#finish(node);
    }
    this.#transaction.release(unneeded);
    this.stats.contentBytesWritten += written;
    this.#count(batch.slots.length, result);
  }

  #count(files: number, result: IngestResult): void {
    const bytes = result.sizes.reduce((sum, size) => sum + size, 0);
    this.stats.filesRead += files;
    this.stats.bytesRead += bytes;
    this.#context.progress?.({ phase: 'commit', filesDone: this.stats.filesRead, bytesDone: this.stats.bytesRead });
  }

  /** Writes the dirtree of a complete directory, then of each ancestor that it completes. */
  #finish(complete: DirectoryNode): void {
    let node: DirectoryNode | undefined = complete;
    while (node !== undefined) {
      const ids = this.#completeIds(node);
      const parent: DirectoryNode | undefined = node.parent;
      if (parent === undefined) this.#root = ids;
      node = parent !== undefined && node.reportTo(parent, ids) ? parent : undefined;
    }
  }

  #completeIds(node: DirectoryNode): DirectoryIds {
    const unchanged = node.unchangedIds();
    if (unchanged !== undefined) {
      this.stats.metadataTotal += 1;
      this.#plan.index?.rememberUnchanged(node.path);
      return unchanged;
    }
    const tree = this.#writeDirtree(node);
    this.#plan.index?.remember(node.path, node.record(tree));
    return { tree, meta: node.meta };
  }

  #writeDirtree(node: DirectoryNode): Uint8Array {
    const bytes = node.serialize();
    this.stats.metadataTotal += 1;
    const tree = this.#transaction.storeMetadata(OBJECT_TYPE.dirtree, bytes);
    this.#options.sizes?.addMetadata(tree, OBJECT_TYPE.dirtree, bytes.length);
    return tree;
  }

  #reportIds(place: NodePlace, ids: DirectoryIds): void {
    if (place.parent === undefined) this.#root = ids;
    else if (place.parent.setDirectory(place.index, ids)) this.#finish(place.parent);
  }

  #throwIfAborted(): void {
    if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'commit cancelled');
  }
}

/** A directory that only a commit has is taken over whole. */
function reusedTree(layers: readonly Layer[]): DirectoryIds | undefined {
  const [only] = layers;
  return layers.length === 1 && only?.kind === 'tree' ? { tree: only.tree, meta: only.meta } : undefined;
}
