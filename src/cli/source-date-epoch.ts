import { CoppiceError } from '../base/errors.ts';

const MAX_SECONDS = 0x7fffffffffffffffn;

/** Reads SOURCE_DATE_EPOCH as `ostree` does (a C number, wrapping below zero); throws USAGE for anything else. */
export function parseSourceDateEpoch(text: string): bigint {
  if (!/^\s*[+-]?[0-9]+$/.test(text)) throw new CoppiceError('USAGE', 'Failed to convert SOURCE_DATE_EPOCH');
  const seconds = BigInt(text.trim().replace(/^\+/, ''));
  if (seconds > MAX_SECONDS || seconds < -MAX_SECONDS - 1n) {
    throw new CoppiceError('USAGE', 'Parsing SOURCE_DATE_EPOCH: Numerical result out of range');
  }
  return BigInt.asUintN(64, seconds);
}
