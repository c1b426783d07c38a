import { CoppiceError } from '../../../base/errors.ts';

/** The error of a compressed archive that cannot be unpacked, in the place where `ostree` names it. */
export function unpackFailure(reason: string, cause?: unknown): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `archive_read_open_filename: ${reason}`, { cause });
}
