import { CoppiceError } from '../base/errors.ts';
import type { Facts } from '../base/errors.ts';

/** Types of hostile files may be very long. */
const MAX_SUBJECT = 80;

/** Builds the FORMAT_INVALID error of bytes or text that are not a `what`: `invalid dirtree: …`. */
export function formatInvalid(what: string, reason: string, facts: Facts = {}): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `invalid ${what.slice(0, MAX_SUBJECT)}: ${reason}`, { facts });
}
