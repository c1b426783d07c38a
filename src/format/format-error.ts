import { CoppiceError } from '../base/errors.ts';
import type { Facts } from '../base/errors.ts';

/** Builds the FORMAT_INVALID error of bytes or text that are not a `what`: `invalid dirtree: …`. */
export function formatInvalid(what: string, reason: string, facts: Facts = {}): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `invalid ${what}: ${reason}`, { facts });
}
