import { CoppiceError } from '../../base/errors.ts';

/** What bytes that are no tar archive are told with; libarchive's words, as `ostree` prints them. */
export function tarFault(message: string): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', message);
}

export const DAMAGED = 'Damaged tar archive';
export const TRUNCATED = 'Truncated tar archive';
export const UNRECOGNIZED = 'Unrecognized archive format';
export const UNORDERED = 'Encountered out-of-order sparse blocks';
