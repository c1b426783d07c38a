import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import type { UnpackResult } from '../../engine/engine.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { failureError } from '../../repo/failure-error.ts';
import { unpackTask } from './unpack-task.ts';
import type { WalkedEntry } from './walk-entries.ts';

const BUFFER_BYTES = 1024 * 1024;
/** Content objects of a batch; more small ones than this gain nothing. */
const MAX_OBJECTS = 128;

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
 * Reads content objects ahead on all threads and yields the entries in their order. Holds a fixed number of shared
 * buffers, whatever the sizes of tree and files.
 */
export async function* loadContents(context: OperationContext, entries: Iterable<WalkedEntry>): AsyncGenerator<LoadedEntry> {
  const ahead = new ReadAhead(context);
  try {
    const batches = cutBatches(entries);
    for (;;) {
      while (ahead.hasRoom) {
        const next = batches.next();
        if (next.done === true) break;
        ahead.start(next.value);
      }
      const loading = ahead.next();
      if (loading === undefined) return;
      yield* ahead.finish(loading);
    }
  } finally {
    await ahead.settle();
  }
}

function* cutBatches(entries: Iterable<WalkedEntry>): Generator<Batch> {
  let batch: WalkedEntry[] = [];
  let objects: Uint8Array[] = [];
  for (const entry of entries) {
    batch.push(entry);
    if (entry.kind === 'content') objects.push(entry.checksum);
    if (objects.length < MAX_OBJECTS && batch.length < 2 * MAX_OBJECTS) continue;
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

  constructor(context: OperationContext) {
    this.#context = context;
    this.#limit = context.pool.width * context.pool.budget.batchesPerThread;
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

  /** Yields a batch, loading again what did not fit into the buffer at once. */
  async *finish({ batch, buffer, result }: Loading): AsyncGenerator<LoadedEntry> {
    let loaded = await this.#checked(result);
    let [first, row] = [0, 0];
    for (const entry of batch.entries) {
      if (entry.kind === 'directory') {
        yield { entry, object: undefined };
        continue;
      }
      if (row === loaded.ends.length) {
        first += row;
        row = 0;
        loaded = await this.#checked(this.#load(batch.checksums.subarray(first * CHECKSUM_BYTES), buffer));
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
    const source = this.#context.repo.objectSource;
    return this.#context.pool.run(unpackTask, { source, checksums: Uint8Array.from(checksums), into });
  }

  async #checked(result: Promise<UnpackResult>): Promise<UnpackResult> {
    const loaded = await result;
    const [failure] = loaded.failures;
    if (failure !== undefined) throw failureError(failure);
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
