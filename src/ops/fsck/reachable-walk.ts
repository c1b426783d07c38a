import { CHECKSUM_BYTES, checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import { ChecksumSet, HALF_CHECKSUM_BYTES } from '../../base/checksum-set.ts';
import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import { VERIFY } from '../../engine/engine.ts';
import type { ObjectSource } from '../../engine/engine.ts';
import type { Commit } from '../../format/object/commit.ts';
import { visitDirtreeChildren } from '../../format/object/dirtree-children.ts';
import type { ChildVisitor } from '../../format/object/dirtree-children.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { assertDirtree } from '../../format/object/scan-dirtree.ts';
import { ChecksumStack } from '../../repo/checksum-stack.ts';
import { metadataSource } from '../../repo/metadata-source.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import { checkAndHeal, checkDirmeta, checkDirtree } from './check-metadata.ts';
import { ContentParts } from './content-parts.ts';
import { FileQueue } from './file-queue.ts';
import type { FsckRun } from './fsck-run.ts';
import type { Problem } from './problem.ts';
import type { Healer } from './repair/healer.ts';

const DIRTREES_PER_BATCH = 64;
const BATCH_BYTES = 256 * 1024;

/** Roots of a commit's tree. */
export type Roots = Pick<Commit, 'rootTree' | 'rootMeta'>;

/**
 * Walks all trees, once for each part of their content. Dirtrees and dirmetas are checked here, as they are read; content
 * objects are queued. Every object is met once however many trees share it; a broken dirtree is not entered, for its names
 * mean nothing.
 */
export class ReachableWalk {
  readonly files = new FileQueue();
  readonly #context: OperationContext;
  readonly #repo: Repo;
  readonly #source: ObjectSource;
  readonly #onProblem: (problem: Problem) => void;
  readonly #healer: Healer | undefined;
  readonly #parts: ContentParts;
  readonly #dirmetas = new ChecksumSet();
  readonly #dirtrees = new ChecksumSet(0, HALF_CHECKSUM_BYTES);
  /** Those that cannot be entered. */
  readonly #broken = new ChecksumSet();
  #part = 0;
  readonly #stack = new ChecksumStack();
  readonly #children: ChildVisitor = {
    file: (bytes, file) => {
      if (this.#parts.meet(bytes, file)) this.files.push(bytes, file);
    },
    directory: (bytes, tree) => {
      this.#meetDirmeta(bytes, tree + CHECKSUM_BYTES);
      this.#meetDirtree(bytes, tree);
    },
  };

  /** `objects` is about how many there are; `onProblem` may throw to end the walk. */
  constructor({ context, healer }: FsckRun, objects: number, onProblem: (problem: Problem) => void) {
    this.#context = context;
    this.#repo = context.repo;
    this.#source = metadataSource(context.repo);
    this.#onProblem = onProblem;
    this.#healer = healer;
    this.#parts = new ContentParts(objects, context.pool.budget.halfChecksums);
  }

  /** How many different objects were met. */
  get objects(): number {
    return this.#dirtrees.size + this.#dirmetas.size + this.files.pushed;
  }

  /** Walks everything and closes the queue, also when it fails. */
  async run(roots: readonly Roots[]): Promise<void> {
    try {
      for (this.#part = 0; this.#part < this.#parts.count; this.#part++) await this.#walkPart(roots);
    } finally {
      this.files.close();
    }
  }

  async #walkPart(roots: readonly Roots[]): Promise<void> {
    this.#parts.begin(this.#part);
    this.#dirtrees.clear();
    for (const { rootTree, rootMeta } of roots) {
      this.#meetDirmeta(checksumToBytes(rootMeta));
      this.#meetDirtree(checksumToBytes(rootTree));
      await this.#drainStack();
    }
  }

  async #drainStack(): Promise<void> {
    while (!this.#stack.isEmpty) {
      this.#enterAll(this.#stack.take(DIRTREES_PER_BATCH));
      await this.files.room();
      await this.#context.pool.rest();
      if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'fsck cancelled');
    }
  }

  /** Reads them in one go; one that the engine finds fault with is looked at by itself. */
  #enterAll(checksums: Uint8Array): void {
    const batch = { source: this.#source, objectType: OBJECT_TYPE.dirtree, checksums, limitBytes: BATCH_BYTES };
    const { outcomes, bytes, ends } = this.#repo.engine.readMetadata(batch);
    for (const [index, outcome] of outcomes.entries()) {
      const read = outcome === VERIFY.ok ? bytes.subarray(ends[index - 1] ?? 0, ends[index] ?? 0) : undefined;
      this.#check(checksums, index * CHECKSUM_BYTES, read);
    }
    for (let at = outcomes.length * CHECKSUM_BYTES; at < checksums.length; at += CHECKSUM_BYTES) this.#stack.push(checksums, at);
  }

  /** What was sound in the first part need not be looked at again, what was broken is told. */
  #check(checksums: Uint8Array, at: number, read: Uint8Array | undefined): void {
    const isKnown = this.#part > 0;
    if (isKnown && this.#broken.has(checksums, at)) return;
    if (read !== undefined && (isKnown || isDirtree(read))) return this.#enter(read);
    const checked = checkAndHeal(() => checkDirtree(this.#repo, checksumFromBytes(checksums, at)), this.#healer);
    if ('sound' in checked) return this.#enter(checked.sound);
    this.#onProblem(checked.problem);
    this.#broken.add(checksums, at);
  }

  /** One that is sound: its checksums are all that is wanted. */
  #enter(dirtree: Uint8Array): void {
    visitDirtreeChildren(dirtree, 0, dirtree.length, this.#children);
  }

  #meetDirtree(bytes: Uint8Array, at = 0): void {
    if (this.#dirtrees.add(bytes, at)) this.#stack.push(bytes, at);
  }

  #meetDirmeta(bytes: Uint8Array, at = 0): void {
    if (!this.#dirmetas.add(bytes, at)) return;
    const checked = checkAndHeal(() => checkDirmeta(this.#repo, checksumFromBytes(bytes, at)), this.#healer);
    if ('problem' in checked) this.#onProblem(checked.problem);
  }
}

function isDirtree(bytes: Uint8Array): boolean {
  try {
    assertDirtree(bytes);
    return true;
  } catch (error) {
    if (isCoppiceError(error, 'FORMAT_INVALID')) return false;
    throw error;
  }
}

/** Whether the walk cannot know what it misses because of this problem. */
export function hidesObjects({ type, kind }: Problem): boolean {
  return kind === 'missing' && type === OBJECT_TYPE.dirtree;
}
