import { CoppiceError } from '../../base/errors.ts';
import type { MemoryBudget } from '../../base/memory-budget.ts';
import type { IngestBatch } from '../../engine/engine.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { sameBytes } from './compare-directories.ts';
import type { Change, Step, Unhashed } from './compare-directories.ts';
import { hashFiles } from './hash-files.ts';
import type { HashWish } from './hash-files.ts';

/** A step that needs no file read weighs so much less than one that does. */
const STEPS_PER_FILE = 4;
const SEGMENTS_PER_THREAD = 2;

/** A step with the checksums it waits for. */
interface Pending {
  readonly step: Step;
  readonly sides: Uint8Array[];
}

/** Steps that follow each other, and the hashing that their answer waits for. */
class Segment {
  readonly #budget: MemoryBudget;
  readonly #pending: Pending[] = [];
  readonly #wishes: HashWish[] = [];
  #bytes = 0;
  #hashed: Promise<void> = Promise.resolve();

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** The bytes are those that its files will have to be read for. */
  get full(): boolean {
    const { batchFiles, batchBytes } = this.#budget;
    const steps = this.#pending.length;
    return steps >= batchFiles * STEPS_PER_FILE || this.#wishes.length >= batchFiles || this.#bytes >= batchBytes;
  }

  add(step: Step): void {
    const pending: Pending = { step, sides: [] };
    this.#pending.push(pending);
    if (step.kind === 'hash') for (const [index, side] of [step.left, step.right].entries()) this.#want(pending, index, side);
  }

  #want({ sides }: Pending, index: number, side: Unhashed): void {
    if ('checksum' in side) {
      sides[index] = side.checksum;
      return;
    }
    this.#bytes += side.file.sizeBytes;
    const settle = (checksum: Uint8Array): void => {
      sides[index] = checksum;
    };
    this.#wishes.push({ settle, ...side });
  }

  start(context: OperationContext, xattrs: IngestBatch['xattrs']): void {
    if (this.#wishes.length > 0) this.#hashed = hashFiles(context, this.#wishes, xattrs);
    this.#hashed.catch(() => undefined); // told by `changes`, unless an earlier segment fails first
  }

  async changes(): Promise<Change[]> {
    await this.#hashed;
    return this.#pending.flatMap(changeOf);
  }
}

function changeOf({ step, sides: [left, right] }: Pending): Change[] {
  if (step.kind === 'change') return [step.change];
  if (left === undefined || right === undefined) throw new CoppiceError('INTERNAL', `"${step.path}" was not hashed`);
  return sameBytes(left, right) ? [] : [{ kind: 'modified', path: step.path }];
}

/** Turns steps into changes, in their order. Files are hashed on the pool a few segments ahead of what is asked for. */
export async function* settleSteps(
  context: OperationContext,
  steps: Iterable<Step>,
  xattrs: IngestBatch['xattrs'],
): AsyncGenerator<Change> {
  const waiting: Segment[] = [];
  for (const segment of segmentsOf(steps, context.pool.budget)) {
    await context.pool.rest();
    if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'diff cancelled');
    segment.start(context, xattrs);
    waiting.push(segment);
    if (waiting.length > context.pool.width * SEGMENTS_PER_THREAD) yield* (await waiting.shift()?.changes()) ?? [];
  }
  for (const segment of waiting) yield* await segment.changes();
}

function* segmentsOf(steps: Iterable<Step>, budget: MemoryBudget): Generator<Segment> {
  let segment = new Segment(budget);
  for (const step of steps) {
    segment.add(step);
    if (!segment.full) continue;
    yield segment;
    segment = new Segment(budget);
  }
  yield segment;
}
