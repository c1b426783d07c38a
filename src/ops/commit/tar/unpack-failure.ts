import { CoppiceError } from '../../../base/errors.ts';
import type { ErrorOptions } from '../../../base/errors.ts';

/** The error of a compressed archive that cannot be unpacked, in the place where `ostree` names it. */
export function unpackFailure(reason: string, options: Pick<ErrorOptions, 'cause' | 'hint'> = {}): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `archive_read_open_filename: ${reason}`, options);
}
