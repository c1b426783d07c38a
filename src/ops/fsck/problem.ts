import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { OBJECT_TYPE, objectTypeName } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';

/** What is wrong with one object. */
export interface Problem {
  readonly checksum: Checksum;
  readonly type: ObjectType;
  /**
   * `missing`: something refers to it and it is not there. `corrupt`: its bytes are not those of its name, or are no
   * object. `unreadable`: the system would not give its bytes, which says nothing about them.
   */
  readonly kind: 'missing' | 'corrupt' | 'unreadable';
  /** The checksum of the bytes that were found, when that is what is wrong. */
  readonly actual?: Checksum | undefined;
  /** What is wrong, in words, when it is something else. */
  readonly reason?: string | undefined;
}

/** `<64 hex>.<type>`, libostree's way to name an object. */
export function objectName({ checksum, type }: Pick<Problem, 'checksum' | 'type'>): string {
  return `${checksum}.${objectTypeName(type)}`;
}

/** Says what is wrong in ostree's words; `commits` are those that hold the object. */
export function problemWords(problem: Problem, commits: readonly Checksum[] = []): string {
  const holders = commits.join(', ');
  if (problem.kind === 'missing') return `Object missing${commits.length > 0 ? ` in commits ${holders}` : ''}: ${objectName(problem)}`;
  return `${commits.length > 0 ? `In commits ${holders}: ` : ''}${faultWords(problem)}`;
}

function faultWords(problem: Problem): string {
  const isContent = problem.type === OBJECT_TYPE.file;
  const subject = isContent ? `fsck content object ${problem.checksum}` : `fsck ${objectName(problem)}`;
  if (problem.actual !== undefined) {
    const { checksum, actual } = problem;
    return `${subject}: Corrupted ${objectTypeName(problem.type)} object; checksum expected='${checksum}' actual='${actual}'`;
  }
  const reason = problem.reason ?? 'it cannot be read';
  return isContent ? `${subject}: ${reason}` : `${subject}: ${objectName(problem)}: ${reason}`;
}

const CODES: Readonly<Record<Problem['kind'], ErrorCode>> = {
  missing: 'OBJECT_MISSING',
  corrupt: 'OBJECT_CORRUPT',
  unreadable: 'SYSTEM',
};

/** The problem as the error that ends the run. */
export function problemError(problem: Problem, commits: readonly Checksum[] = []): CoppiceError {
  const { checksum, type, actual } = problem;
  return new CoppiceError(CODES[problem.kind], problemWords(problem, commits), {
    facts: { checksum, objectType: objectTypeName(type), expected: checksum, actual },
  });
}
