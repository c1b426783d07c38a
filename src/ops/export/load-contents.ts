import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import type { UnpackBatch, UnpackResult } from '../../engine/engine.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { failureError } from '../../repo/failure-error.ts';
import { unpackTask } from './unpack-task.ts';
import type { WalkedEntry } from './walk-entries.ts';

const BUFFER_BYTES = 1024 * 1024;
/** Content objects of a batch; more small ones than this gain nothing. */
const MAX_OBJECTS = 128;
/** How full a buffer gets with objects as large as those before: seldom too full. */
const FILLING = 0.6;
/** Buffers for each thread. */
const BUFFERS_PER_THREAD = 2;

/** An entry whose header is known, and its content unless that is larger than a buffer. */
export interface LoadedEntry {
  readonly entry: WalkedEntry;
  /** Of a content object. */
  readonly object:
    | {
        readonly uid: number;
        readonly gid: number;
        readonly mode: number;
        readonly sizeBytes: number;
        /** A view that the next entry may overwrite: content, or target of a symlink. Undefined where it is too large. */
        readonly bytes: Uint8Array | undefined;
      }
    | undefined;
}

interface Batch {
  readonly entries: readonly WalkedEntry[];
  readonly checksums: Uint8Array;
}

interface Loading {
  readonly batch: Batch;
  readonly buffer: Uint8Array;
  readonly result: Promise<UnpackResult>;
}

/**
 * Reads content objects ahead on all threads and yields the entries in their order, batch by batch; each batch has to be
 * gone through before the next is asked for. Holds a fixed number of shared
 * buffers, whatever the sizes of tree and files.
 */
export async function* loadContents(context: OperationContext, entries: Iterable<WalkedEntry>): AsyncGenerator<Iterable<LoadedEntry>> {
  const ahead = new ReadAhead(context);
  try {
    const batches = cutBatches(entries, () => ahead.objectsPerBatch);
    for (;;) {
      while (ahead.hasRoom) {
        const next = batches.next();
        if (next.done === true) break;
        ahead.start(next.value);
      }
      await context.pool.rest(); // sends what was started: the writing itself never lets the event loop turn
      const loading = ahead.next();
      if (loading === undefined) return;
      yield ahead.finish(loading, ahead.checked(await loading.result));
    }
  } finally {
    await ahead.settle();
  }
}

function* cutBatches(entries: Iterable<WalkedEntry>, objectsPerBatch: () => number): Generator<Batch> {
  let batch: WalkedEntry[] = [];
  let objects: Uint8Array[] = [];
  for (const entry of entries) {
    batch.push(entry);
    if (entry.kind === 'content') objects.push(entry.checksum);
    if (objects.length < objectsPerBatch() && batch.length < 2 * MAX_OBJECTS) continue;
    yield { entries: batch, checksums: Buffer.concat(objects) };
    [batch, objects] = [[], []];
  }
  if (batch.length > 0) yield { entries: batch, checksums: Buffer.concat(objects) };
}

class ReadAhead {
  readonly #context: OperationContext;
  readonly #limit: number;
  readonly #running: Loading[] = [];
  readonly #free: Uint8Array[] = [];
  #loadedObjects = 0;
  #loadedBytes = 0;

  constructor(context: OperationContext) {
    this.#context = context;
    this.#limit = context.pool.width * Math.min(context.pool.budget.batchesPerThread, BUFFERS_PER_THREAD);
  }

  /** So many that they will fit into a buffer, going by those before. */
  get objectsPerBatch(): number {
    const expected = (FILLING * BUFFER_BYTES * this.#loadedObjects) / Math.max(this.#loadedBytes, 1);
    return this.#loadedObjects === 0 ? MAX_OBJECTS / 2 : Math.min(Math.max(Math.floor(expected), 1), MAX_OBJECTS);
  }

  get hasRoom(): boolean {
    return this.#running.length < this.#limit;
  }

  start(batch: Batch): void {
    const buffer = this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(BUFFER_BYTES));
    const result = this.#load(batch.checksums, buffer);
    result.catch(() => undefined); // told by `finish`, or nobody waits any more
    this.#running.push({ batch, buffer, result });
  }

  next(): Loading | undefined {
    return this.#running.shift();
  }

  /** Yields a batch. What did not fit into the buffer is loaded on this thread: the others have full queues. */
  *finish({ batch, buffer }: Loading, result: UnpackResult): Generator<LoadedEntry> {
    let loaded = result;
    let [first, row] = [0, 0];
    for (const entry of batch.entries) {
      if (entry.kind === 'directory') {
        yield { entry, object: undefined };
        continue;
      }
      if (row === loaded.ends.length) {
        first += row;
        row = 0;
        loaded = this.checked(this.#context.engine.unpack(this.#batchOf(batch.checksums.subarray(first * CHECKSUM_BYTES), buffer)));
      }
      yield { entry, object: objectAt(loaded, row, buffer) };
      row += 1;
    }
    this.#free.push(buffer);
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#running.map(({ result }) => result));
  }

  async #load(checksums: Uint8Array, into: Uint8Array): Promise<UnpackResult> {
    if (checksums.length === 0) return NOTHING;
    return this.#context.pool.run(unpackTask, this.#batchOf(Uint8Array.from(checksums), into));
  }

  #batchOf(checksums: Uint8Array, into: Uint8Array): UnpackBatch {
    return { source: this.#context.repo.objectSource, checksums, into };
  }

  /** Throws the failure of an object. */
  checked(loaded: UnpackResult): UnpackResult {
    const [failure] = loaded.failures;
    if (failure !== undefined) throw failureError(failure);
    this.#loadedObjects += loaded.ends.length;
    this.#loadedBytes += loaded.ends.at(-1) ?? 0;
    return loaded;
  }
}

const NOTHING: UnpackResult = {
  attributes: new Uint32Array(0), sizes: new Float64Array(0), ends: new Uint32Array(0), fits: new Uint8Array(0), failures: [],
};

function objectAt(loaded: UnpackResult, row: number, buffer: Uint8Array): LoadedEntry['object'] {
  const [uid = 0, gid = 0, mode = 0] = loaded.attributes.subarray(row * 3, row * 3 + 3);
  const bytes = loaded.fits[row] === 1 ? buffer.subarray(loaded.ends[row - 1] ?? 0, loaded.ends[row]) : undefined;
  return { uid, gid, mode, sizeBytes: loaded.sizes[row] ?? 0, bytes };
}
