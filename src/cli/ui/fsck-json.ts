import { objectTypeName } from '../../format/object/object-type.ts';
import { fsckFailure } from '../../ops/fsck/index.ts';
import type { FoundProblem, FsckOutcome, Problem } from '../../ops/fsck/index.ts';

/** The report of a finished `fsck` as JSON. */
export function fsckJson(outcome: FsckOutcome): Readonly<Record<string, unknown>> {
  return { ok: fsckFailure(outcome) === undefined, ...outcome, problems: outcome.problems.map(problemJson), repaired: outcome.repaired.map(objectJson) };
}

function problemJson({ problem, commits }: FoundProblem): Readonly<Record<string, unknown>> {
  return { ...objectJson(problem), commits };
}

function objectJson({ type, ...rest }: Problem): Readonly<Record<string, unknown>> {
  return { ...rest, objectType: objectTypeName(type) };
}
