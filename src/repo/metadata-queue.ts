import { ChecksumSet } from '../base/checksum-set.ts';
import { checksumFromBytes } from '../base/checksum.ts';
import { CoppiceError } from '../base/errors.ts';
import { packNames } from '../base/name-list.ts';
import { INGEST } from '../engine/engine.ts';
import type { StoreBatch, StoreResult, StoreTarget } from '../engine/engine.ts';
import { looseObjectName, MAX_METADATA_BYTES, objectTypeName } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { Flow } from '../pool/flow.ts';
import type { Pool } from '../pool/task.ts';
import { failureError } from './failure-error.ts';
import type { Repo } from './repo.ts';
import { storeTask } from './store-task.ts';

/** Bounds of a batch: what a thread hop is worth. */
const MAX_OBJECTS = 256;
const MAX_BYTES = 1024 * 1024;
const BATCHES_PER_TASK = 2;

/** Metadata objects of one transaction: named at once, written in batches on the pool, each of them once. */
export class MetadataQueue {
  readonly #repo: Repo;
  readonly #pool: Pool;
  readonly #target: StoreTarget;
  readonly #flow: Flow;
  readonly #seen = new Map<ObjectType, ChecksumSet>();
  #names: string[] = [];
  #objects: Uint8Array[] = [];
  #bytes = 0;
  #backlog: Promise<void> = Promise.resolve();
  #written = 0;

  constructor(repo: Repo, pool: Pool, target: StoreTarget) {
    this.#repo = repo;
    this.#pool = pool;
    this.#target = target;
    this.#flow = new Flow(pool.width * BATCHES_PER_TASK);
  }

  /** Objects that the repository did not have; final after `flush`. */
  get written(): number {
    return this.#written;
  }

  /** Queues the object and returns its 32-byte checksum. `bytes` must not change afterwards. */
  add(type: ObjectType, bytes: Uint8Array): Uint8Array {
    assertSize(type, bytes);
    const checksum = this.#repo.engine.digest(this.#repo.algorithm, bytes);
    if (!this.#isNew(type, checksum)) return checksum;
    this.#names.push(looseObjectName(checksumFromBytes(checksum), type, this.#repo.mode === 'archive'));
    this.#objects.push(bytes);
    this.#bytes += bytes.length;
    if (this.#names.length >= MAX_OBJECTS || this.#bytes >= MAX_BYTES) this.#send();
    return checksum;
  }

  /** Waits until the batches that are full have been taken up, so that a fast caller cannot pile them up. */
  async drain(): Promise<void> {
    await this.#backlog;
    if (this.#flow.failed) await this.#flow.drain();
  }

  /** Waits until everything queued is written; throws the first failure. */
  async flush(): Promise<void> {
    if (this.#names.length > 0) this.#send();
    await this.#backlog;
    await this.#flow.drain();
  }

  /** Starts nothing more and waits for what runs; failures no longer matter. */
  async abandon(): Promise<void> {
    this.#flow.fail(new CoppiceError('CANCELLED', 'transaction aborted'));
    await this.#backlog;
    await this.#flow.drain().catch(() => undefined);
  }

  #isNew(type: ObjectType, checksum: Uint8Array): boolean {
    const seen = this.#seen.get(type);
    // one that is forgotten and comes again costs a write that finds it there
    const known = seen === undefined || seen.size >= this.#pool.budget.checksums ? new ChecksumSet() : seen;
    this.#seen.set(type, known);
    return known.add(checksum);
  }

  #send(): void {
    const batch = this.#take();
    this.#backlog = this.#backlog
      .then(() => this.#flow.add(() => this.#store(batch)))
      .catch((error: unknown) => this.#flow.fail(error));
  }

  #take(): StoreBatch {
    const bytes = new Uint8Array(this.#bytes);
    const ends = new Uint32Array(this.#objects.length);
    let end = 0;
    for (const [index, object] of this.#objects.entries()) {
      bytes.set(object, end);
      end += object.length;
      ends[index] = end;
    }
    const batch = { target: this.#target, names: packNames(this.#names), bytes, ends };
    this.#names = [];
    this.#objects = [];
    this.#bytes = 0;
    return batch;
  }

  async #store(batch: StoreBatch): Promise<void> {
    const result: StoreResult = await this.#pool.run(storeTask, batch);
    const [failure] = result.failures;
    if (failure !== undefined) throw failureError(failure);
    for (const outcome of result.outcomes) if (outcome === INGEST.stored) this.#written += 1;
  }
}

function assertSize(type: ObjectType, bytes: Uint8Array): void {
  if (bytes.length <= MAX_METADATA_BYTES) return;
  const objectType = objectTypeName(type);
  const message = `a ${objectType} of ${bytes.length} bytes is larger than metadata may be (${MAX_METADATA_BYTES})`;
  throw new CoppiceError('FORMAT_INVALID', message, { facts: { objectType, sizeBytes: bytes.length } });
}
