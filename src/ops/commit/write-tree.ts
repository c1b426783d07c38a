import { CoppiceError } from '../../base/errors.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isSymlink } from '../../base/unix-mode.ts';
import { INGEST } from '../../engine/engine.ts';
import type { DirectoryListing, IngestResult } from '../../engine/engine.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { Flow } from '../../pool/flow.ts';
import { failureError } from '../../repo/failure-error.ts';
import { ingestTask } from '../../repo/ingest-task.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Transaction } from '../../repo/transaction.ts';
import { compareTree } from './compare-tree.ts';
import { DevinoCache } from './devino-cache.ts';
import { DirectoryNode } from './directory-node.ts';
import type { DirectoryIds, NodePlace } from './directory-node.ts';
import { IngestBatcher, resultChecksum } from './ingest-batcher.ts';
import type { ReadyBatch } from './ingest-batcher.ts';
import type { DirectoryEntry, DirectoryMeta, DirectoryPlan, FileEntry, Layer } from './layer.ts';
import { filesIn } from './observation.ts';
import { ObjectCopies } from './object-copies.ts';
import { planDirectory } from './plan-directory.ts';
import type { PlanContext } from './plan-directory.ts';
import { scanDirectories, scanGroups, soleFilesLayer } from './scan-directories.ts';
import type { SizeLedger } from './size-ledger.ts';
import type { Compared, KnownTree, TreeComparison } from './tree-comparison.ts';
import type { TreeStats } from './tree-stats.ts';
import { writeDirectories } from './write-directories.ts';
import { writeWholeTree } from './write-whole-tree.ts';

export interface WriteTreeOptions {
  readonly consume: boolean;
  /** Told the paths of what is consumed though nothing of it is committed: skipped, or replaced by a later tree. */
  readonly leftOut: ((path: string) => void) | undefined;
  /** Collects what `--generate-sizes` writes. */
  readonly sizes: SizeLedger | undefined;
  /** Told of what the stat index has wrong, where that is verified. */
  readonly onIndexLie: ((path: RelativePath) => void) | undefined;
}

export interface TreeWork {
  readonly transaction: Transaction;
  readonly layers: readonly Layer[];
  readonly options: WriteTreeOptions;
  /** Goes on counting there. */
  readonly stats: TreeStats;
}

/**
 * Writes the trees laid over each other as objects; resolves to the root's checksums.
 *
 * M1 the walk lists directories depth-first in byte order · M2 files become batches · W ingest · M4 checksums find
 * their directory · M5 a directory without gaps becomes a dirtree and reports to its parent.
 */
export async function writeTree(context: OperationContext, plan: PlanContext, work: TreeWork): Promise<DirectoryIds> {
  const whole = (await writeWholeTree(context, plan, work)) ?? (await writeDirectories(context, plan, work));
  if (whole !== undefined) return whole;
  const devino = plan.hardlinks === 'read' ? undefined : await DevinoCache.scan(context, plan.repo.objectSource);
  return new TreeWriter(context, { ...plan, devino }, work, await compareTree(context, plan, work)).run();
}

class TreeWriter {
  readonly stats: TreeStats;
  readonly #context: OperationContext;
  readonly #plan: PlanContext;
  readonly #transaction: Transaction;
  readonly #options: WriteTreeOptions;
  readonly #flow: Flow;
  readonly #batcher: IngestBatcher;
  readonly #copies: ObjectCopies;
  readonly #layers: readonly Layer[];
  readonly #comparison: TreeComparison | undefined;
  #root: DirectoryIds | undefined;

  constructor(context: OperationContext, plan: PlanContext, work: TreeWork, comparison: TreeComparison | undefined) {
    const { transaction, layers, options, stats } = work;
    this.stats = stats;
    this.#layers = layers;
    this.#comparison = comparison;
    this.#context = context;
    this.#plan = plan;
    this.#transaction = transaction;
    this.#options = options;
    const { width, budget } = context.pool;
    this.#flow = new Flow(width * budget.batchesPerThread);
    const xattrs = plan.modifier.keepsXattrs ? 'read' : 'none';
    this.#batcher = new IngestBatcher({ target: transaction.target, xattrs, consume: options.consume }, budget);
    this.#copies = new ObjectCopies(plan.engine, plan.repo.objectSource, transaction.target.tmp);
  }

  async run(): Promise<DirectoryIds> {
    try {
      const path = parseRelativePath('');
      await this.#visit({ parent: undefined, index: 0, path }, this.#layers, this.#comparison?.take(path));
      await this.#send(this.#batcher.take());
    } catch (error) {
      this.#flow.fail(error);
    }
    await this.#flow.drain();
    this.#copies.finish();
    if (this.#root === undefined) throw new CoppiceError('INTERNAL', 'the walk ended before its root was complete');
    return this.#root;
  }

  async #visit(place: NodePlace, layers: readonly Layer[], compared: Compared | undefined): Promise<void> {
    this.#throwIfAborted();
    const reused = reusedTree(layers);
    if (reused !== undefined) return this.#reportIds(place, reused);
    if (compared !== undefined && 'tree' in compared) return this.#takeUnchanged(place, compared.tree);
    const plan = planDirectory(this.#plan, place.path, layers, compared?.listed);
    const node = new DirectoryNode(place, plan, this.#writeMeta(plan.meta));
    if (plan.unchanged !== undefined) this.#countKnown(filesIn(plan.unchanged));
    await this.#addFiles(node, plan);
    for (const path of plan.leftOut) this.#options.leftOut?.(path);
    await this.#visitDirectories(node, plan.directories);
    await this.#transaction.drain();
    await this.#context.pool.rest();
    if (node.endWalk()) this.#finish(node);
  }

  async #visitDirectories(node: DirectoryNode, directories: readonly DirectoryEntry[]): Promise<void> {
    let index = 0;
    for (const group of scanGroups(directories)) {
      const ahead = this.#lookAhead(node, group);
      for (const [position, { name, layers }] of group.entries()) {
        await this.#visit({ parent: node, index, path: joinRelative(node.path, name) }, layers, ahead[position]);
        index += 1;
      }
    }
  }

  /** What is known of each directory of the group, which are the node's; the others are listed together where they can be. */
  #lookAhead(node: DirectoryNode, group: readonly DirectoryEntry[]): readonly (Compared | undefined)[] {
    const compared = group.map(({ name }) => this.#comparison?.take(joinRelative(node.path, name)));
    const listings = this.#scanAhead(group.filter((_, position) => compared[position] === undefined)).values();
    return compared.map((one) => {
      if (one !== undefined) return one;
      const { value: listing } = listings.next();
      return listing === undefined ? undefined : { listed: { listing } };
    });
  }

  #scanAhead(group: readonly DirectoryEntry[]): readonly DirectoryListing[] {
    const layers = group.flatMap((entry) => soleFilesLayer(entry) ?? []);
    const oneRoot = layers.every(({ root }) => root === layers[0]?.root);
    if (layers.length === 0 || layers.length < group.length || !oneRoot) return [];
    return scanDirectories(this.#plan.engine, layers, this.#plan.modifier.keepsXattrs);
  }

  #takeUnchanged(place: NodePlace, { tree, meta, offsets, files }: KnownTree): void {
    this.#countKnown(files);
    this.stats.metadataTotal += 2 * offsets.length; // a dirtree and a dirmeta each
    this.#plan.index?.rememberAllUnchanged(offsets);
    this.#reportIds(place, { tree, meta });
  }

  #countKnown(files: number): void {
    this.stats.contentTotal += files;
    this.stats.contentKnown += files;
  }

  async #addFiles(node: DirectoryNode, plan: DirectoryPlan): Promise<void> {
    for (let index = 0; index < plan.files.length; index++) {
      const entry = plan.files[index];
      if (entry === undefined) break;
      if (entry.kind === 'known' && entry.by === 'hardlink') this.stats.contentCacheHits += 1;
      else if (entry.kind !== 'known' || entry.by !== 'tar') this.stats.contentTotal += 1;
      if (entry.kind === 'known') {
        this.#takeKnown(entry);
        node.setFile(index, entry.checksum, entry.by === 'index');
      } else {
        const source = entry.kind === 'changed' ? this.#copies.make(entry) : entry;
        const full = this.#batcher.add(source, { node, index, claim: source.claim });
        if (full !== undefined) await this.#send(full); // an await for each file would cost as much as its entry
      }
    }
  }

  #takeKnown({ checksum, sizeBytes, by }: Extract<FileEntry, { kind: 'known' }>): void {
    if (by !== 'tar') this.stats.contentKnown += 1;
    if (sizeBytes !== undefined) this.#options.sizes?.addContent(checksum, sizeBytes, 0);
  }

  #writeMeta(meta: DirectoryMeta): Uint8Array {
    this.stats.metadataTotal += 1;
    if (meta === 'elsewhere') throw new CoppiceError('FORMAT_INVALID', "Can't commit an empty tree");
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
    for (const [index, { node, index: file, claim }] of batch.slots.entries()) {
      const size = result.sizes[index] ?? 0;
      if (result.outcomes[index] === INGEST.existed) {
        unneeded += size;
      } else {
        this.stats.contentWritten += 1;
        if (!isSymlink(batch.input.attributes[index * 3 + 2] ?? 0)) written += size;
      }
      const checksum = resultChecksum(result, index);
      this.#options.sizes?.addContent(checksum, size, result.storedSizes[index] ?? 0);
      if (claim !== undefined) this.#verify(node, file, { claim, checksum });
      if (node.setFile(file, checksum, result.settled[index] === 1)) this.#finish(node);
    }
    this.#transaction.release(unneeded);
    this.stats.contentBytesWritten += written;
    this.#count(batch.slots.length, result);
  }

  /** Compares what the stat index says with the truth, which is what is committed. */
  #verify(node: DirectoryNode, file: number, { claim, checksum }: { readonly claim: Uint8Array; readonly checksum: Uint8Array }): void {
    this.stats.indexVerified += 1;
    if (Buffer.compare(claim, checksum) === 0) return;
    node.noteLie();
    this.#tellLie(joinRelative(node.path, node.nameOf(file)));
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
    const claim = node.claimedIds();
    if (claim !== undefined) this.#verifyDirectory(node, claim, tree);
    this.#plan.index?.remember(node.path, node.record(tree));
    return { tree, meta: node.meta };
  }

  /** A wrong file in it has been told already; what remains is the directory's own: owner, mode, xattrs, names. */
  #verifyDirectory(node: DirectoryNode, claim: DirectoryIds, tree: Uint8Array): void {
    const isRight = Buffer.compare(claim.meta, node.meta) === 0 && (node.hasLie || Buffer.compare(claim.tree, tree) === 0);
    if (!isRight) this.#tellLie(node.path);
  }

  #tellLie(path: RelativePath): void {
    this.stats.indexLies += 1;
    this.#options.onIndexLie?.(path);
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
  return layers.length === 1 && only?.kind === 'tree' && !only.modified ? { tree: only.tree, meta: only.meta } : undefined;
}
