/** The verb `fsck`: reads everything that refs and commits lead to and compares it with its names. */
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { FILE_WEIGHT } from '../../pool/task.ts';
import { withRepoLock } from '../../repo/lock.ts';
import { estimateObjects } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { addTombstones } from './add-tombstones.ts';
import { checkRefs } from './check-refs.ts';
import { CommitLedger } from './commit-ledger.ts';
import { enumerateCommits } from './enumerate-commits.ts';
import type { EnumeratedCommits } from './enumerate-commits.ts';
import { findOwners } from './find-owners.ts';
import type { FoundProblem } from './fsck-event.ts';
import type { FsckOptions, FsckRun } from './fsck-run.ts';
import { collectionRefs, plainRefs } from './list-checked-refs.ts';
import { problemError } from './problem.ts';
import type { Problem } from './problem.ts';
import { Healer } from './repair/healer.ts';
import { liftMarks } from './repair/lift-marks.ts';
import { settleProblems } from './settle-problems.ts';
import { verifyTrees } from './verify-trees.ts';
import type { TreeVerdict } from './verify-trees.ts';

export { objectName, problemWords } from './problem.ts';
export type { Problem } from './problem.ts';
export type { FoundProblem, FsckEvent } from './fsck-event.ts';
export type { FsckOptions } from './fsck-run.ts';
export { openRepairSource } from './repair/repair-source.ts';
export type { RepairSource } from './repair/repair-source.ts';

export interface FsckOutcome {
  /** Commits whose trees were verified; partial ones do not count. */
  readonly commits: number;
  readonly partialCommits: number;
  /** Commits that an earlier run marked as lacking objects. */
  readonly partialByFsck: number;
  readonly objects: number;
  readonly bytesRead: number;
  readonly problems: readonly FoundProblem[];
  readonly deletedObjects: number;
  readonly markedPartial: readonly Checksum[];
  readonly tombstones: readonly Checksum[];
  /** What was wrong and is not any more. */
  readonly repaired: readonly Problem[];
  /** Commits that are complete again. */
  readonly completed: readonly Checksum[];
}

/**
 * Checks the repository; every reachable object is hashed once, content on the pool. Missing objects never end the
 * run, and the commits that need them are marked partial; a corrupt object ends it with OBJECT_CORRUPT unless `all` or
 * `delete` is set. Whether what was found is a failure is for `fsckFailure` to say.
 *
 * Holds the repository's lock: exclusive when it deletes, repairs or leaves tombstones, else shared.
 */
export async function fsck(context: OperationContext, options: FsckOptions = {}): Promise<FsckOutcome> {
  const run = startRun(context, options);
  const changes = run.options.delete || run.options.addTombstones || run.healer !== undefined;
  const kind = changes ? 'exclusive' : 'shared';
  const notice = kind === 'exclusive' ? options.notice : undefined;
  return withRepoLock(context.repo, kind, async () => check(run), { notice, signal: context.signal });
}

/** The error that a finished run ends with; undefined when the repository is sound. */
export function fsckFailure({ problems, partialByFsck }: FsckOutcome): CoppiceError | undefined {
  if (problems.length > 0) return new CoppiceError('OBJECT_CORRUPT', 'Repository corruption encountered');
  if (partialByFsck === 0) return undefined;
  return new CoppiceError('OBJECT_CORRUPT', `${partialByFsck} partial commits from fsck-detected corruption`);
}

function startRun(context: OperationContext, options: FsckOptions): FsckRun {
  const decided = {
    all: options.all === true,
    delete: options.delete === true,
    addTombstones: options.addTombstones === true,
    verifyBindings: options.verifyBindings === true,
    verifyBackRefs: options.verifyBackRefs === true,
  };
  const report = options.report ?? ((): void => undefined);
  const healer = options.repairFrom === undefined ? undefined : new Healer(context, options.repairFrom, report);
  const collects = decided.all || decided.delete || healer !== undefined;
  return { context, options: decided, report, ledger: new CommitLedger(context.repo, healer), healer, collects };
}

async function check(run: FsckRun): Promise<FsckOutcome> {
  const { report, context } = run;
  report({ kind: 'refs' });
  checkRefs(run, plainRefs(context.repo));
  report({ kind: 'collection-refs' });
  checkRefs(run, collectionRefs(context.repo));
  report({ kind: 'commits' });
  const objects = estimateObjects(context.repo);
  context.pool.expect(objects * FILE_WEIGHT);
  await eventLoopTurn(); // the threads start while commits are listed
  const commits = enumerateCommits(run);
  report({ kind: 'content', commits: commits.sound.size + commits.problems.length });
  return conclude(run, commits, await heal(run, await verifyTrees(run, commits, objects)));
}

/** Content is repaired when the walk has met all of it; metadata was on the way. */
async function heal({ healer }: FsckRun, verdict: TreeVerdict): Promise<TreeVerdict> {
  return healer === undefined ? verdict : { ...verdict, problems: await healer.healContent(verdict.problems) };
}

function conclude(run: FsckRun, commits: EnumeratedCommits, verdict: TreeVerdict): FsckOutcome {
  const { fatal } = verdict;
  const all = fatal === undefined ? verdict.problems : [...verdict.problems, fatal];
  const owners = findOwners(run.context.repo, commits.sound, all);
  const settled = settleProblems(run, verdict.problems, owners);
  if (fatal !== undefined) throw problemError(fatal, owners(fatal));
  addTombstones(run, commits.missingParents);
  const completed = liftMarks(run, commits.marked, verdict.problems.flatMap((problem) => owners(problem)));
  return {
    commits: commits.sound.size + commits.problems.length,
    partialCommits: commits.partial,
    partialByFsck: commits.partialByFsck + commits.marked.length - completed.length,
    objects: verdict.objects,
    bytesRead: verdict.bytesRead,
    tombstones: commits.missingParents,
    repaired: run.healer?.healed ?? [],
    completed,
    ...settled,
  };
}
