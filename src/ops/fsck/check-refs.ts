import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import { deleteObject } from '../../repo/delete-object.ts';
import { missingObject } from '../../repo/object-fault.ts';
import { verifyBindings } from '../../repo/commit-bindings.ts';
import type { CheckedRef } from './list-checked-refs.ts';
import { problemError } from './problem.ts';
import type { Problem } from './problem.ts';
import type { FsckRun } from './fsck-run.ts';

/** Checks the commit of each ref. A ref whose commit is missing ends the run, whatever the options. */
export function checkRefs(run: FsckRun, refs: readonly CheckedRef[]): void {
  for (const ref of refs) checkRef(run, ref);
}

function checkRef(run: FsckRun, ref: CheckedRef): void {
  const checked = run.ledger.check(ref.checksum);
  if ('problem' in checked) settleRefProblem(run, ref, checked.problem);
  else if (run.options.verifyBindings) verifyBindings(ref.checksum, checked.sound.bindings, ref);
}

function settleRefProblem(run: FsckRun, ref: CheckedRef, problem: Problem): void {
  if (problem.kind !== 'missing' && !run.collects) throw problemError(problem);
  run.report({ kind: 'problem', found: { problem, commits: [] } });
  if (problem.kind === 'corrupt' && run.options.delete) deleteCommit(run, problem);
  else if (problem.kind !== 'missing') return;
  const { message, facts } = missingObject(problem.type, problem.checksum);
  throw new CoppiceError('OBJECT_MISSING', `Loading commit for ref ${ref.label}: ${message}`, { facts });
}

function deleteCommit({ context }: FsckRun, { type, checksum }: Problem): void {
  try {
    deleteObject(context.repo, type, checksum);
  } catch (error) {
    if (!isCoppiceError(error, 'OBJECT_MISSING')) throw error; // it is in a parent repository
  }
}
