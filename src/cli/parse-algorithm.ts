import { OBJECT_ALGORITHMS, parseObjectAlgorithm } from '../format/object/repo-mode.ts';
import type { ObjectAlgorithm } from '../format/object/repo-mode.ts';
import { usageError } from './usage-error.ts';

/** The value of `--checksum`; undefined where it was not given. */
export function parseAlgorithm(word: string | undefined): ObjectAlgorithm | undefined {
  if (word === undefined) return undefined;
  const algorithm = parseObjectAlgorithm(word);
  if (algorithm !== undefined) return algorithm;
  throw usageError(`Invalid checksum algorithm '${word}'; there are ${OBJECT_ALGORITHMS.join(' and ')}`);
}
