import { CHECKSUM_BYTES, checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { ChecksumStack } from '../../repo/checksum-stack.ts';
import { listPartialCommits } from '../../repo/commit-state.ts';
import { markTrees } from '../../repo/mark-trees.ts';
import { ObjectTable } from '../../repo/object-table.ts';
import type { TableOptions } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { goesByRefs, keepRules, readKnownRefs } from './keep-rules.ts';
import type { KeepRule, KnownRef } from './keep-rules.ts';
import { CommitMarker } from './mark-commits.ts';
import type { PruneOptions } from './prune-options.ts';
import { TableMarks } from './table-marks.ts';

/** What of a repository is reachable, and from what that was concluded. */
export interface Reachability {
  /** Flags say what is reachable. */
  readonly table: ObjectTable;
  readonly refs: readonly KnownRef[];
  /** Text of refs and markers of partial commits. */
  readonly basis: string;
}

const OLDEST = -(2n ** 63n);

/** Lists the repository and marks what the options keep. To be called under a lock of either kind. */
export async function computeReachability(
  context: OperationContext,
  options: PruneOptions,
  tableOptions: TableOptions = {},
): Promise<Reachability> {
  const { repo } = context;
  const refs = readKnownRefs(repo);
  const partial = listPartialCommits(repo);
  const byRefs = goesByRefs(options);
  const rules = byRefs ? keepRules(repo, refs, options) : undefined;
  const table = await ObjectTable.list(context, tableOptions);
  const marks = new TableMarks(table);
  const commits = new CommitMarker(context, marks, {
    partial: new Set(partial),
    keepYoungerThanSeconds: options.keepYoungerThanSeconds ?? OLDEST,
    isRoot: (commit) => !byRefs && isInTable(table, commit),
    commitOnly: options.commitOnly === true,
  });
  await commits.mark(rules ?? everyCommit(table, options.depth ?? -1));
  await markRoots(context, commits.strict, marks, false);
  await markRoots(context, commits.lenient, marks, true);
  return { table, refs, basis: basisOf(refs, partial) };
}

/**
 * Whether it still holds: refs, markers of partial commits and the list of objects are what they were. Objects never
 * change under their names, so the same walk would mark the same.
 */
export async function stillHolds({ table, basis }: Reachability, { repo }: OperationContext): Promise<boolean> {
  return basis === basisOf(readKnownRefs(repo), listPartialCommits(repo)) && !(await table.hasChanged());
}

function basisOf(refs: readonly KnownRef[], partial: readonly Checksum[]): string {
  return JSON.stringify([refs, partial]);
}

function isInTable(table: ObjectTable, commit: Checksum): boolean {
  return table.find(OBJECT_TYPE.commit, Buffer.from(commit, 'hex')) >= 0;
}

/** Every commit of the repository is a root; the list is binary until a commit's turn comes. */
function* everyCommit(table: ObjectTable, depth: number): Generator<KeepRule> {
  const commits = new ChecksumStack();
  for (const { type, records, at } of table.entries()) if (type === OBJECT_TYPE.commit) commits.push(records, at);
  while (!commits.isEmpty) yield { commit: checksumFromBytes(commits.take(1)), history: depth };
}

/** Commits often share their root dirtree: each is walked once. */
async function markRoots(context: OperationContext, roots: ChecksumStack, marks: TableMarks, lenient: boolean): Promise<void> {
  const fresh = new ChecksumStack();
  while (!roots.isEmpty) {
    const root = roots.take(1);
    if (marks.mark(OBJECT_TYPE.dirtree, root)) fresh.push(root);
  }
  let dirtrees = 0;
  await markTrees(context, fresh, marks, {
    lenient,
    onBatch(count) {
      dirtrees += count;
      context.progress?.({ phase: 'prune', filesDone: dirtrees, bytesDone: dirtrees * CHECKSUM_BYTES });
    },
  });
}
