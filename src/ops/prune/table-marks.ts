import { ChecksumSet } from '../../base/checksum-set.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { Marks } from '../../repo/mark-trees.ts';
import { FLAG } from '../../repo/object-table.ts';
import type { ObjectTable } from '../../repo/object-table.ts';
import type { ReachableType } from '../../repo/reachable-set.ts';

/** How a commit's parents are walked: each commit once for each way. */
export type HistoryFlag = typeof FLAG.wholeHistory | typeof FLAG.youngHistory;

/**
 * Reachability as flags in the table. Dirtrees and commits that are not in it (a parent repository has them, or nobody)
 * are remembered beside it, for each is to be walked once.
 */
export class TableMarks implements Marks {
  readonly #table: ObjectTable;
  readonly #dirtrees = new ChecksumSet();
  readonly #histories = new Map<HistoryFlag, ChecksumSet>([
    [FLAG.wholeHistory, new ChecksumSet()],
    [FLAG.youngHistory, new ChecksumSet()],
  ]);

  constructor(table: ObjectTable) {
    this.#table = table;
  }

  mark(type: ReachableType, checksum: Uint8Array, offset = 0): boolean {
    const isNew = this.#table.flag(FLAG.reachable, type, checksum, offset);
    if (isNew !== undefined) return isNew;
    return type === OBJECT_TYPE.dirtree && this.#dirtrees.add(checksum, offset);
  }

  hasHistory(flag: HistoryFlag, commit: Uint8Array): boolean {
    return this.#table.hasFlag(flag, OBJECT_TYPE.commit, commit) || this.#histories.get(flag)?.has(commit) === true;
  }

  markHistory(flag: HistoryFlag, commit: Uint8Array): void {
    if (this.#table.flag(flag, OBJECT_TYPE.commit, commit) === undefined) this.#histories.get(flag)?.add(commit);
  }
}
