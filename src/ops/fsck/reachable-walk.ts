import { setImmediate } from 'node:timers/promises';
import { checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { ChecksumSet } from '../../base/checksum-set.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { Commit } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { Repo } from '../../repo/repo.ts';
import { checkDirmeta, checkDirtree } from './check-metadata.ts';
import { FileQueue } from './file-queue.ts';
import type { Problem } from './problem.ts';

/** Dirtrees between two rests in which the pool's answers are heard. */
const DIRTREES_PER_TURN = 64;

/** Roots of a commit's tree. */
export type Roots = Pick<Commit, 'rootTree' | 'rootMeta'>;

/**
 * Walks all trees once. Dirtrees and dirmetas are checked here, as they are read; content objects are queued. Every
 * object is met once however many trees share it; a broken dirtree is not entered, for its names mean nothing.
 */
export class ReachableWalk {
  readonly files = new FileQueue();
  readonly #repo: Repo;
  readonly #signal: AbortSignal | undefined;
  readonly #onProblem: (problem: Problem) => void;
  readonly #dirtrees = new ChecksumSet();
  readonly #dirmetas = new ChecksumSet();
  readonly #fileSet = new ChecksumSet();
  #stack: Checksum[] = [];
  #dirtreesRead = 0;

  /** `onProblem` may throw to end the walk. */
  constructor(repo: Repo, onProblem: (problem: Problem) => void, signal?: AbortSignal) {
    this.#repo = repo;
    this.#onProblem = onProblem;
    this.#signal = signal;
  }

  /** How many different objects were met. */
  get objects(): number {
    return this.#dirtrees.size + this.#dirmetas.size + this.files.pushed;
  }

  /** Walks everything and closes the queue, also when it fails. */
  async run(roots: Iterable<Roots>): Promise<void> {
    try {
      for (const { rootTree, rootMeta } of roots) {
        this.#meetDirmeta(checksumToBytes(rootMeta));
        this.#meetDirtree(checksumToBytes(rootTree));
        await this.#drainStack();
      }
    } finally {
      this.files.close();
    }
  }

  async #drainStack(): Promise<void> {
    for (let next = this.#stack.pop(); next !== undefined; next = this.#stack.pop()) {
      this.#enter(next);
      this.#dirtreesRead += 1;
      if (this.#dirtreesRead % DIRTREES_PER_TURN === 0) await setImmediate();
      if (this.#signal?.aborted === true) throw new CoppiceError('CANCELLED', 'fsck cancelled');
    }
  }

  #enter(checksum: Checksum): void {
    const checked = checkDirtree(this.#repo, checksum);
    if ('problem' in checked) {
      this.#onProblem(checked.problem);
      return;
    }
    for (const file of checked.sound.files) if (this.#fileSet.add(file.checksum)) this.files.push(file.checksum);
    for (const { tree, meta } of checked.sound.directories) {
      this.#meetDirmeta(meta);
      this.#meetDirtree(tree);
    }
  }

  #meetDirtree(checksum: Uint8Array): void {
    if (this.#dirtrees.add(checksum)) this.#stack.push(checksumFromBytes(checksum));
  }

  #meetDirmeta(checksum: Uint8Array): void {
    if (!this.#dirmetas.add(checksum)) return;
    const checked = checkDirmeta(this.#repo, checksumFromBytes(checksum));
    if ('problem' in checked) this.#onProblem(checked.problem);
  }
}

/** Whether the walk cannot know what it misses because of this problem. */
export function hidesObjects({ type, kind }: Problem): boolean {
  return kind === 'missing' && type === OBJECT_TYPE.dirtree;
}
