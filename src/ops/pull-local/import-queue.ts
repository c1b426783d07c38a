import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { ChecksumSet } from '../../base/checksum-set.ts';
import { CoppiceError } from '../../base/errors.ts';
import { IMPORT } from '../../engine/engine.ts';
import type { ImportResult } from '../../engine/engine.ts';
import { Flow } from '../../pool/flow.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { importTask } from '../../repo/import-task.ts';
import type { ImportSettings } from './tree-importer.ts';

const BATCH_OBJECTS = 256;

/** Content objects on their way over, each of them once: in batches on the pool, a bounded number at a time. */
export class ImportQueue {
  readonly tally = { linked: 0, copied: 0, bytesCopied: 0 };
  readonly #context: OperationContext;
  readonly #settings: ImportSettings;
  readonly #seen = new ChecksumSet();
  readonly #flow: Flow;
  #open = new Uint8Array(BATCH_OBJECTS * CHECKSUM_BYTES);
  #used = 0;
  #done = 0;

  constructor(context: OperationContext, settings: ImportSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#flow = new Flow(context.pool.width * context.pool.budget.batchesPerThread);
  }

  async add(checksum: Uint8Array): Promise<void> {
    if (!this.#seen.add(checksum)) return;
    this.#open.set(checksum, this.#used);
    this.#used += CHECKSUM_BYTES;
    if (this.#used === this.#open.length) await this.#send();
  }

  /** Waits until everything is over; throws the first failure. */
  async drain(): Promise<void> {
    if (this.#used > 0) await this.#send();
    await this.#flow.drain();
  }

  /** Sends nothing more and waits for what runs; `reason` is what the caller tells. */
  async abandon(reason: unknown): Promise<void> {
    this.#flow.fail(reason);
    await this.#flow.drain().catch(() => undefined);
  }

  async #send(): Promise<void> {
    if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'pull cancelled');
    const checksums = this.#open.subarray(0, this.#used);
    this.#open = new Uint8Array(BATCH_OBJECTS * CHECKSUM_BYTES);
    this.#used = 0;
    await this.#flow.add(async () => this.#receive(await this.#context.pool.run(importTask, { checksums, ...this.#settings })));
  }

  #receive(result: ImportResult): void {
    const [failure] = result.failures;
    if (failure !== undefined) throw failureError(failure);
    for (const outcome of result.outcomes) {
      if (outcome === IMPORT.linked) this.tally.linked += 1;
      else if (outcome === IMPORT.copied) this.tally.copied += 1;
    }
    this.tally.bytesCopied += result.bytesCopied;
    this.#done += result.outcomes.length;
    this.#context.progress?.({ phase: 'pull-local', filesDone: this.#done, bytesDone: this.tally.bytesCopied });
  }
}
