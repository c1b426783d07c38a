import { objectTypeName } from '../../format/object/object-type.ts';
import { fsckFailure } from '../../ops/fsck/index.ts';
import type { FoundProblem, FsckOutcome } from '../../ops/fsck/index.ts';

/** The report of a finished `fsck` as JSON. */
export function fsckJson(outcome: FsckOutcome): Readonly<Record<string, unknown>> {
  return { ok: fsckFailure(outcome) === undefined, ...outcome, problems: outcome.problems.map(problemJson) };
}

function problemJson({ problem, commits }: FoundProblem): Readonly<Record<string, unknown>> {
  const { type, ...rest } = problem;
  return { ...rest, objectType: objectTypeName(type), commits };
}
