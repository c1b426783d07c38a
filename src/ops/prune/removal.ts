import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { RECORD_BYTES, REMOVE } from '../../engine/engine.ts';
import { failureError } from '../../repo/failure-error.ts';
import { objectsPath } from '../../repo/layout.ts';
import type { TableEntry } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';

const RECORDS_PER_BATCH = 4096;

/** What a stream of objects came to. */
export interface Tally {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Takes objects one by one and measures, or removes, them in batches. Not on workers: the buffers that would go to them
 * and back cost more memory than the table of objects (bench `prune`). The native engine has threads of its own.
 */
export class Removal {
  readonly #context: OperationContext;
  readonly #unlink: boolean;
  readonly #batch = new Uint8Array(RECORDS_PER_BATCH * RECORD_BYTES);
  #filled = 0;
  #objects = 0;
  #bytes = 0;

  constructor(context: OperationContext, unlink: boolean) {
    this.#context = context;
    this.#unlink = unlink;
  }

  get isFull(): boolean {
    return this.#filled === this.#batch.length;
  }

  /** To be followed by `send` when full. */
  add({ type, records, at }: TableEntry): void {
    for (let i = 0; i < CHECKSUM_BYTES; i++) this.#batch[this.#filled + i] = records[at + i] ?? 0;
    this.#batch[this.#filled + CHECKSUM_BYTES] = type;
    this.#filled += RECORD_BYTES;
  }

  /** Does the batch; throws the first failure when the rest of it is done, CANCELLED once the signal is aborted. */
  async send(): Promise<void> {
    const { repo, signal, progress } = this.#context;
    if (signal?.aborted === true) throw new CoppiceError('CANCELLED', 'prune cancelled');
    const records = this.#batch.subarray(0, this.#filled);
    this.#filled = 0;
    const { outcomes, sizes, failures } = repo.engine.remove({
      objects: objectsPath(repo.path),
      records,
      archive: repo.mode === 'archive',
      unlink: this.#unlink,
    });
    for (const outcome of outcomes) if (outcome === REMOVE.removed) this.#objects += 1;
    for (const size of sizes) this.#bytes += size;
    const [failure] = failures;
    if (failure !== undefined) throw failureError(failure);
    progress?.({ phase: 'prune', filesDone: this.#objects, bytesDone: this.#bytes });
    await eventLoopTurn();
  }

  /** Does the rest. */
  async finish(): Promise<Tally> {
    if (this.#filled > 0) await this.send();
    return { objects: this.#objects, bytes: this.#bytes };
  }
}
