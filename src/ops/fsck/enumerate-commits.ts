import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { listPartialCommits, partialReason } from '../../repo/commit-state.ts';
import { hasObject, listChecksums } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { verifyBackRefs } from '../../repo/commit-bindings.ts';
import type { CommitFacts } from './commit-ledger.ts';
import type { FsckRun } from './fsck-run.ts';
import type { Problem } from './problem.ts';

/** The commits of a repository, sorted out. */
export interface EnumeratedCommits {
  /** Complete and sound: their trees are verified. */
  readonly sound: ReadonlyMap<Checksum, CommitFacts>;
  readonly problems: readonly Problem[];
  readonly partial: number;
  /** Those of the partial ones that an earlier run marked. */
  readonly partialByFsck: number;
  /** Commits among the sound ones that an earlier run marked; empty unless the run repairs. */
  readonly marked: readonly Checksum[];
  /** Parents that are not in the repository and have no tombstone; empty unless tombstones are wanted. */
  readonly missingParents: readonly Checksum[];
}

/**
 * Reads every commit object, those of parent repositories too. Partial ones are counted and left alone; those that an
 * earlier run marked are verified like others where the run repairs.
 */
export function enumerateCommits(run: FsckRun): EnumeratedCommits {
  const { repo } = run.context;
  const sound = new Map<Checksum, CommitFacts>();
  const problems: Problem[] = [];
  const missingParents = new Set<Checksum>();
  const reasons = { pull: 0, fsck: 0 };
  const marked: Checksum[] = [];
  for (const checksum of listCommits(run)) {
    const checked = run.ledger.check(checksum);
    if ('sound' in checked) inspect(run, checksum, checked.sound, missingParents);
    const reason = partialReason(repo, checksum);
    if (reason === 'fsck' && run.healer !== undefined) marked.push(checksum);
    else if (reason !== undefined) {
      reasons[reason] += 1;
      continue;
    }
    if ('sound' in checked) sound.set(checksum, checked.sound);
    else problems.push(checked.problem);
  }
  const partial = reasons.pull + reasons.fsck;
  return { sound, problems, partial, partialByFsck: reasons.fsck, marked, missingParents: [...missingParents] };
}

function inspect(run: FsckRun, checksum: Checksum, { parent, bindings }: CommitFacts, missingParents: Set<Checksum>): void {
  const { repo } = run.context;
  if (run.options.verifyBackRefs) verifyBackRefs(repo, checksum, bindings);
  if (!run.options.addTombstones || parent === undefined) return;
  const known = hasObject(repo, OBJECT_TYPE.commit, parent) || hasObject(repo, OBJECT_TYPE.tombstoneCommit, parent);
  if (!known) missingParents.add(parent);
}

function listCommits({ context: { repo }, healer }: FsckRun): Checksum[] {
  const found = new Set<Checksum>(healer === undefined ? [] : listMarked(repo));
  for (let at: Repo | undefined = repo; at !== undefined; at = at.parent) {
    for (const checksum of listChecksums(at, OBJECT_TYPE.commit)) found.add(checksum);
  }
  return [...found].toSorted();
}

/** A commit that an earlier run found bad may be gone itself. */
function listMarked(repo: Repo): Checksum[] {
  return listPartialCommits(repo).filter((commit) => partialReason(repo, commit) === 'fsck');
}
