import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { Commit } from '../../format/object/commit.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { ChecksumStack } from '../../repo/checksum-stack.ts';
import { readVerifiedCommits } from '../../repo/commit-reader.ts';
import { FLAG } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { KeepRule } from './keep-rules.ts';
import type { TableMarks } from './table-marks.ts';

const COMMITS_PER_BATCH = 256;

export interface MarkCommitsOptions {
  /** Commits that may lack objects. */
  readonly partial: ReadonlySet<Checksum>;
  readonly keepYoungerThanSeconds: bigint;
  /** Whether the parent will be a root of its own: then its history is not walked from here. */
  readonly isRoot: (commit: Checksum) => boolean;
  /** Leaves trees alone. */
  readonly commitOnly: boolean;
}

/** A commit to be kept, and how its parents are. `first`: whatever its age. */
interface Step extends KeepRule {
  readonly first: boolean;
}

/**
 * Marks commits and stacks the roots of their trees. A commit that is not there ends its history without a word, as in
 * libostree: repositories that hold the newest commits alone are common.
 */
export class CommitMarker {
  /** Root dirtrees of complete commits. */
  readonly strict = new ChecksumStack();
  /** Root dirtrees of partial commits. */
  readonly lenient = new ChecksumStack();
  readonly #context: OperationContext;
  readonly #marks: TableMarks;
  readonly #options: MarkCommitsOptions;

  constructor(context: OperationContext, marks: TableMarks, options: MarkCommitsOptions) {
    this.#context = context;
    this.#marks = marks;
    this.#options = options;
  }

  /** Walks histories side by side, so that commits are read in batches. */
  async mark(rules: Iterable<KeepRule>): Promise<void> {
    let batch: Step[] = [];
    for (const rule of rules) {
      batch.push({ ...rule, first: true });
      if (batch.length < COMMITS_PER_BATCH) continue;
      await this.#walk(batch);
      batch = [];
    }
    await this.#walk(batch);
  }

  async #walk(roots: readonly Step[]): Promise<void> {
    for (let steps = this.#unknown(roots); steps.length > 0; steps = this.#unknown(this.#advance(steps))) {
      if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'traversal cancelled');
      await eventLoopTurn();
    }
  }

  #advance(steps: readonly Step[]): Step[] {
    const commits = readVerifiedCommits(this.#context.repo, steps.map(({ commit }) => commit));
    return steps.flatMap((step, index) => {
      const commit = commits[index];
      return commit === undefined ? [] : this.#take(step, commit);
    });
  }

  /** Drops the steps whose whole way was gone before. */
  #unknown(steps: readonly Step[]): Step[] {
    return steps.filter((step) => {
      const flag = historyFlag(step);
      return flag === undefined || !this.#marks.hasHistory(flag, checksumToBytes(step.commit));
    });
  }

  /** Marks the commit; the step to its parent comes back. */
  #take(step: Step, commit: Commit): Step[] {
    const isYoung = commit.timestampSeconds >= this.#options.keepYoungerThanSeconds;
    if (step.history === 'young' && !step.first && !isYoung) return [];
    this.#keep(step, commit);
    const { parent } = commit;
    const history = nextHistory(step, isYoung);
    if (parent === undefined || history === undefined || this.#options.isRoot(parent)) return [];
    return [{ commit: parent, history, first: false }];
  }

  #keep(step: Step, commit: Commit): void {
    const checksum = checksumToBytes(step.commit);
    const flag = historyFlag(step);
    if (flag !== undefined) this.#marks.markHistory(flag, checksum);
    this.#marks.mark(OBJECT_TYPE.commit, checksum);
    if (this.#options.commitOnly) return;
    this.#marks.mark(OBJECT_TYPE.dirmeta, checksumToBytes(commit.rootMeta));
    const stack = this.#options.partial.has(step.commit) ? this.lenient : this.strict;
    stack.push(checksumToBytes(commit.rootTree));
  }
}

function historyFlag({ history }: Step): typeof FLAG.wholeHistory | typeof FLAG.youngHistory | undefined {
  if (history === 'young') return FLAG.youngHistory;
  return history === -1 ? FLAG.wholeHistory : undefined;
}

/** Undefined where the history ends; depths below −1 are 0, as in libostree. */
function nextHistory({ history }: Step, isYoung: boolean): KeepRule['history'] | undefined {
  if (history === 'young') return isYoung ? 'young' : undefined;
  if (history === -1) return -1;
  return history > 0 ? history - 1 : undefined;
}
