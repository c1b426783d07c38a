/** The verb `prune`: deletes what nothing leads to. */
import { accessSync, constants } from 'node:fs';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';
import { objectsPath } from '../../repo/layout.ts';
import { withRepoLock } from '../../repo/lock.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { Repo } from '../../repo/repo.ts';
import { deleteCommit } from './delete-commit.ts';
import { countObjects } from './doomed.ts';
import type { PruneOptions, PruneOutcome } from './prune-options.ts';
import { computeReachability, stillHolds } from './reachability.ts';
import type { Reachability } from './reachability.ts';
import { measureDoomed, removeDoomed } from './remove-doomed.ts';
import { removeDeltasOf, removeStaleDeltas, removeStaleSummaries } from './stale-files.ts';

export { isLinkToKept } from './doomed.ts';
export { computeReachability } from './reachability.ts';
export type { Reachability } from './reachability.ts';
export type { KnownRef } from './keep-rules.ts';
export type { Depth, PruneOptions, PruneOutcome } from './prune-options.ts';

/**
 * Deletes the objects that nothing kept leads to, static deltas to commits that are gone, and cached summaries of remotes
 * that are gone. Two-digit directories stay.
 *
 * Reachability is computed under a shared lock, so that commits go on meanwhile; the lock is exclusive only while it is
 * checked that this still holds (else it is computed again) and while objects are deleted. Throws OBJECT_MISSING for a
 * complete commit that lacks a dirtree and OBJECT_CORRUPT for a damaged one; nothing is deleted then. CANCELLED stops
 * between two batches: what is deleted by then was unreachable.
 */
export async function prune(given: OperationContext, options: PruneOptions = {}): Promise<PruneOutcome> {
  assertSensible(options);
  if (options.noPrune === true) return rehearse(given, options);
  assertWritable(given.repo);
  const gone = await deleteFirst(given, options);
  // to delete a commit may have changed the config
  const context = gone.commit.deletedCommit === undefined ? given : { ...given, repo: Repo.open(given.repo.path, given.engine, given.repo.options) };
  const early = await underLock(context, 'shared', options, async () => computeReachability(context, options));
  return underLock(context, 'exclusive', options, async () => {
    const reachability = (await stillHolds(early, context)) ? early : await computeReachability(context, options);
    return { ...(await sweep(context, options, reachability)), ...gone.commit, ...mergeDeltas(gone.deltas, context.repo) };
  });
}

function assertSensible({ deleteCommit: commit, noPrune, staticDeltasOnly }: PruneOptions): void {
  if (commit !== undefined && noPrune === true) throw new CoppiceError('USAGE', 'Cannot specify both --delete-commit and --no-prune');
  if (commit !== undefined || staticDeltasOnly !== true) return;
  const issue = 'https://github.com/ostreedev/ostree/issues/1479';
  throw new CoppiceError('USAGE', `--static-deltas-only requires --delete-commit; see ${issue}`);
}

function assertWritable(repo: Repo): void {
  try {
    accessSync(repo.path, constants.W_OK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const facts = { path: objectsPath(repo.path), errno };
    throw new CoppiceError('SYSTEM', `Cannot write to repository: ${errnoWords(errno)}`, { facts, cause: error });
  }
}

async function rehearse(context: OperationContext, options: PruneOptions): Promise<PruneOutcome> {
  return underLock(context, 'shared', options, async () => {
    const commitOnly = options.commitOnly === true;
    const { table } = await computeReachability(context, options);
    const { objects, bytes, commits } = await measureDoomed(context, table, commitOnly);
    return {
      objectsTotal: countObjects(table, commitOnly),
      objectsPruned: objects,
      bytesFreed: bytes,
      commitsPruned: commits,
      deltasPruned: [],
      deletedCommit: undefined,
    };
  });
}

interface DeletedFirst {
  readonly commit: Pick<PruneOutcome, 'deletedCommit'>;
  readonly deltas: readonly string[];
}

async function deleteFirst(context: OperationContext, options: PruneOptions): Promise<DeletedFirst> {
  const { deleteCommit: word, staticDeltasOnly } = options;
  if (word === undefined) return { commit: { deletedCommit: undefined }, deltas: [] };
  return underLock(context, 'exclusive', options, () =>
    staticDeltasOnly === true
      ? { commit: { deletedCommit: undefined }, deltas: removeDeltasOf(context.repo, word) }
      : { commit: { deletedCommit: deleteCommit(context.repo, word) }, deltas: [] },
  );
}

type Swept = Omit<PruneOutcome, 'deltasPruned' | 'deletedCommit'>;

async function sweep(context: OperationContext, options: PruneOptions, { table }: Reachability): Promise<Swept> {
  const commitOnly = options.commitOnly === true;
  const objectsTotal = countObjects(table, commitOnly);
  const { objects, bytes, commits } = await removeDoomed(context, table, commitOnly);
  removeStaleSummaries(context.repo);
  return { objectsTotal, objectsPruned: objects, bytesFreed: bytes, commitsPruned: commits };
}

function mergeDeltas(before: readonly string[], repo: Repo): Pick<PruneOutcome, 'deltasPruned'> {
  return { deltasPruned: [...before, ...removeStaleDeltas(repo)] };
}

async function underLock<T>(
  { repo, signal }: OperationContext,
  kind: 'shared' | 'exclusive',
  { notice }: PruneOptions,
  work: () => T | Promise<T>,
): Promise<T> {
  return withRepoLock(repo, kind, work, { notice: kind === 'exclusive' ? notice : undefined, signal });
}
