import { CoppiceError } from '../../../base/errors.ts';
import { isRegular } from '../../../base/unix-mode.ts';
import { INGEST } from '../../../engine/engine.ts';
import type { IngestResult } from '../../../engine/engine.ts';
import { OBJECT_TYPE } from '../../../format/object/object-type.ts';
import { TRUNCATED, UNORDERED, UNRECOGNIZED } from '../../../format/tar/tar-fault.ts';
import { TarReader } from '../../../format/tar/tar-reader.ts';
import type { TarEvent } from '../../../format/tar/tar-reader.ts';
import { Flow } from '../../../pool/flow.ts';
import { failureError } from '../../../repo/failure-error.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import type { Transaction } from '../../../repo/transaction.ts';
import { resultChecksum } from '../ingest-batcher.ts';
import type { Layer } from '../layer.ts';
import type { SizeLedger } from '../size-ledger.ts';
import type { TreeStats } from '../tree-stats.ts';
import { ContentBatcher } from './content-batcher.ts';
import type { ContentBatch } from './content-batcher.ts';
import { ingestBytesTask } from './ingest-bytes-task.ts';
import { openArchive } from './open-archive.ts';
import { TarImporter } from './tar-importer.ts';
import type { TarRules } from './tar-importer.ts';
import type { TarTree } from './tar-tree.ts';
import { TreesBelow } from './trees-below.ts';


export interface TarSource {
  /** A file; `-` or nothing is the standard input. */
  readonly path: string;
  readonly rules: TarRules;
  /** The trees that this one is laid over. */
  readonly below: readonly Layer[];
  readonly sizes: SizeLedger | undefined;
}

/**
 * Stores the files of an archive as it streams by and returns its tree of names and checksums.
 *
 * M1 read, inflate, cut into entries · M2 contents become batches · W hash, compress, stage · M3 checksums find their
 * number · M4 hardlinks, when all else is there.
 */
export async function importTar(
  context: OperationContext,
  work: { readonly transaction: Transaction; readonly source: TarSource; readonly stats: TreeStats },
): Promise<TarTree> {
  return new TarImport(context, work).run();
}

class TarImport {
  readonly #context: OperationContext;
  readonly #transaction: Transaction;
  readonly #source: TarSource;
  readonly #stats: TreeStats;
  readonly #batcher: ContentBatcher;
  readonly #importer: TarImporter;
  readonly #flow: Flow;

  constructor(context: OperationContext, work: { transaction: Transaction; source: TarSource; stats: TreeStats }) {
    this.#context = context;
    this.#transaction = work.transaction;
    this.#source = work.source;
    this.#stats = work.stats;
    this.#flow = new Flow(context.pool.width * context.pool.budget.batchesPerThread);
    this.#batcher = new ContentBatcher(work.transaction.target);
    const below = new TreesBelow(context.repo, work.source.below);
    const storeMeta = (bytes: Uint8Array): Uint8Array => this.#storeMeta(bytes);
    this.#importer = new TarImporter({ rules: work.source.rules, below, batcher: this.#batcher, storeMeta });
  }

  async run(): Promise<TarTree> {
    try {
      await this.#read();
      await this.#send(this.#batcher.take());
    } catch (error) {
      this.#flow.fail(withPlace(error, this.#importer.isWriting));
    } finally {
      this.#batcher.close();
    }
    await this.#flow.drain();
    this.#importer.finish();
    return this.#importer.tree;
  }

  async #read(): Promise<void> {
    const reader = new TarReader();
    const { pieces, isPacked } = await openArchive(this.#source.path);
    for await (const piece of pieces) {
      this.#throwIfAborted();
      if (reader.isOver) continue;
      for (const event of reader.push(piece)) {
        const batch = this.#take(event);
        if (batch !== undefined) await this.#send(batch);
      }
      await this.#transaction.drain();
      if (reader.isOver && !isPacked) break;
    }
    reader.end();
  }

  #take(event: TarEvent): ContentBatch | undefined {
    if (event.kind === 'entry') return this.#importer.enter(event.entry);
    if (event.kind === 'end') return this.#importer.leave();
    this.#importer.data(event.offset, event.bytes);
    return undefined;
  }

  async #send(batch: ContentBatch | undefined): Promise<void> {
    if (batch === undefined) return;
    this.#transaction.reserve(batch.bytes);
    this.#stats.contentTotal += batch.members.length;
    await this.#flow.add(async () => {
      const result = await this.#context.pool.run(ingestBytesTask, batch.input);
      batch.release();
      if (!this.#flow.failed) this.#receive(batch, result);
    });
  }

  #receive(batch: ContentBatch, result: IngestResult): void {
    const [failure] = result.failures;
    if (failure !== undefined) throw failureError(failure, { neededBytes: batch.bytes });
    for (const [index, { slot, mode }] of batch.members.entries()) {
      const checksum = resultChecksum(result, index);
      const size = result.sizes[index] ?? 0;
      this.#importer.tree.checksums.set(slot, checksum);
      this.#source.sizes?.addContent(checksum, size, result.storedSizes[index] ?? 0);
      this.#count(size, { existed: result.outcomes[index] === INGEST.existed, isFile: isRegular(mode) });
    }
    this.#context.progress?.({ phase: 'commit', filesDone: this.#stats.filesRead, bytesDone: this.#stats.bytesRead });
  }

  #count(size: number, { existed, isFile }: { readonly existed: boolean; readonly isFile: boolean }): void {
    const stats = this.#stats;
    stats.filesRead += 1;
    stats.bytesRead += size;
    if (existed) this.#transaction.release(size);
    else stats.contentWritten += 1;
    if (!existed && isFile) stats.contentBytesWritten += size;
  }

  #storeMeta(bytes: Uint8Array): Uint8Array {
    const checksum = this.#transaction.storeMetadata(OBJECT_TYPE.dirmeta, bytes);
    this.#source.sizes?.addMetadata(checksum, OBJECT_TYPE.dirmeta, bytes.length);
    return checksum;
  }

  #throwIfAborted(): void {
    if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'commit cancelled');
  }
}

const WRITING = 'ostree-tar: Failed to handle file: ostree-tar: Failed to import file: Writing content object: ';

/** Says what `ostree` was at when it met the fault: opening the archive, or writing a file. */
function withPlace(error: unknown, isWriting: boolean): unknown {
  if (!(error instanceof CoppiceError)) return error;
  const { code, message } = error;
  if (message === UNRECOGNIZED) return new CoppiceError(code, `archive_read_open_filename: ${message}`, { cause: error });
  const breaksContent = isWriting && (message === TRUNCATED || message === UNORDERED);
  return breaksContent ? new CoppiceError(code, `${WRITING}${message}`, { cause: error }) : error;
}
