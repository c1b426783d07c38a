import type { Checksum } from '../../base/checksum.ts';
import { isCoppiceError } from '../../base/errors.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { isPartialCommit, markPartial } from '../../repo/commit-state.ts';
import { deleteObject } from '../../repo/delete-object.ts';
import type { Repo } from '../../repo/repo.ts';
import type { FoundProblem } from './fsck-event.ts';
import type { FsckRun } from './fsck-run.ts';
import { objectName } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Owners } from './find-owners.ts';

export interface Settled {
  readonly problems: readonly FoundProblem[];
  readonly deletedObjects: number;
  readonly markedPartial: readonly Checksum[];
}

/**
 * Tells the problems, sorted by object, and acts on them: a corrupt object is deleted where that is wanted, and the
 * commits that lack an object now are marked. What could not be read is neither deleted nor missing.
 */
export function settleProblems(run: FsckRun, problems: readonly Problem[], owners: Owners): Settled {
  const found: FoundProblem[] = [];
  const marked: Checksum[] = [];
  let deleted = 0;
  for (const problem of problems.toSorted(byName)) {
    const commits = owners(problem);
    found.push({ problem, commits });
    run.report({ kind: 'problem', found: { problem, commits } });
    const removed = problem.kind === 'corrupt' && run.options.delete && remove(run.context.repo, problem);
    if (removed) deleted += 1;
    if (problem.kind === 'missing' || removed) marked.push(...markOwners(run, problem, commits));
  }
  return { problems: found, deletedObjects: deleted, markedPartial: marked };
}

function byName(a: Problem, b: Problem): number {
  return objectName(a) < objectName(b) ? -1 : 1;
}

/** False for an object that only a parent repository has. */
function remove(repo: Repo, { type, checksum }: Problem): boolean {
  try {
    deleteObject(repo, type, checksum);
    return true;
  } catch (error) {
    if (isCoppiceError(error, 'OBJECT_MISSING')) return false;
    throw error;
  }
}

/** A commit that is itself gone needs no mark. */
function markOwners({ context, report }: FsckRun, { type }: Problem, commits: readonly Checksum[]): Checksum[] {
  if (type === OBJECT_TYPE.commit) return [];
  const unmarked = commits.filter((commit) => !isPartialCommit(context.repo, commit));
  for (const commit of unmarked) {
    report({ kind: 'partial', commit });
    markPartial(context.repo, commit, 'fsck');
  }
  return unmarked;
}
