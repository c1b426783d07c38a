import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { CHECKSUM_BYTES, checksumFromBytes } from '../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../base/errors.ts';
import { VERIFY } from '../engine/engine.ts';
import type { Failure, ReadMetadataResult } from '../engine/engine.ts';
import { visitDirtreeChildren } from '../format/object/dirtree-children.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import type { ChecksumStack } from './checksum-stack.ts';
import { failureError } from './failure-error.ts';
import { metadataSource } from './metadata-source.ts';
import { corruptObject, missingObject } from './object-fault.ts';
import type { OperationContext } from './operation-context.ts';
import type { ReachableType } from './reachable-set.ts';

/** Whoever keeps the marks of a walk. */
export interface Marks {
  /** Marks the object whose checksum lies at `offset`; true when it was not marked yet. */
  mark(type: ReachableType, checksum: Uint8Array, offset: number): boolean;
}

export interface MarkTreesOptions {
  /** Dirtrees that are not there are left out, as in partial commits; else the first one is OBJECT_MISSING. */
  readonly lenient: boolean;
  /** Told after each batch how many dirtrees it had. */
  readonly onBatch?: ((dirtrees: number) => void) | undefined;
}

const DIRTREES_PER_BATCH = 256;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Marks all that the stacked root dirtrees lead to; the stack is empty afterwards. Each dirtree is read once, verified
 * against its checksum: the children of a damaged one are unknown, so it ends the walk with OBJECT_CORRUPT. Memory is the
 * marks, the stack and one batch: the main thread reads, for workers took 90 MB more at 1,000,000 objects (bench `prune`).
 */
export async function markTrees(
  context: OperationContext,
  stack: ChecksumStack,
  marks: Marks,
  options: MarkTreesOptions,
): Promise<void> {
  const walk = new TreeWalk(context, stack, marks, options);
  await walk.run();
}

class TreeWalk {
  readonly #context: OperationContext;
  readonly #stack: ChecksumStack;
  readonly #marks: Marks;
  readonly #options: MarkTreesOptions;

  constructor(context: OperationContext, stack: ChecksumStack, marks: Marks, options: MarkTreesOptions) {
    this.#context = context;
    this.#stack = stack;
    this.#marks = marks;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { repo, signal } = this.#context;
    const source = metadataSource(repo);
    while (!this.#stack.isEmpty) {
      if (signal?.aborted === true) throw new CoppiceError('CANCELLED', 'traversal cancelled');
      const checksums = this.#stack.take(DIRTREES_PER_BATCH);
      const batch = { source, objectType: OBJECT_TYPE.dirtree, checksums, limitBytes: BATCH_BYTES };
      this.#settle(checksums, repo.engine.readMetadata(batch));
      await eventLoopTurn();
    }
  }

  #settle(checksums: Uint8Array, { outcomes, bytes, ends, failures }: ReadMetadataResult): void {
    for (let index = 0; index < outcomes.length; index++) {
      const start = index === 0 ? 0 : (ends[index - 1] ?? 0);
      if (outcomes[index] === VERIFY.ok) this.#enter(checksums.subarray(index * CHECKSUM_BYTES), bytes, start, ends[index] ?? 0);
      else this.#meetFault(checksums, index, { outcome: outcomes[index], failure: failures.find((told) => told.index === index) });
    }
    for (let at = outcomes.length * CHECKSUM_BYTES; at < checksums.length; at += CHECKSUM_BYTES) this.#stack.push(checksums, at);
    this.#options.onBatch?.(outcomes.length);
  }

  #enter(checksum: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
    const [marks, stack] = [this.#marks, this.#stack];
    try {
      visitDirtreeChildren(bytes, start, end, {
        file: (source, at) => void marks.mark(OBJECT_TYPE.file, source, at),
        directory: (source, at) => {
          marks.mark(OBJECT_TYPE.dirmeta, source, at + CHECKSUM_BYTES);
          if (marks.mark(OBJECT_TYPE.dirtree, source, at)) stack.push(source, at);
        },
      });
    } catch (cause) {
      if (!isCoppiceError(cause, 'FORMAT_INVALID')) throw cause;
      throw corruptObject(OBJECT_TYPE.dirtree, checksumFromBytes(checksum), { path: this.#context.repo.path, cause });
    }
  }

  #meetFault(checksums: Uint8Array, index: number, met: { outcome: number | undefined; failure: Failure | undefined }): void {
    const checksum = checksumFromBytes(checksums, index * CHECKSUM_BYTES);
    const { failure } = met;
    if (met.outcome === VERIFY.missing) {
      if (this.#options.lenient) return;
      throw missingObject(OBJECT_TYPE.dirtree, checksum);
    }
    if (met.outcome === VERIFY.corrupt) {
      throw corruptObject(OBJECT_TYPE.dirtree, checksum, { path: failure?.path ?? '', cause: failure?.message });
    }
    throw failure === undefined ? new CoppiceError('INTERNAL', `dirtree ${checksum} was not answered for`) : failureError(failure);
  }
}
