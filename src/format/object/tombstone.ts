import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { formatInvalid } from '../format-error.ts';
import { findMetadata, readCommitmeta, writeCommitmeta } from './commitmeta.ts';

const COMMIT_KEY = 'commit';

/**
 * Serialises a tombstone, the `a{sv}` that stays where a commit was deleted: `commit` → `ay`, the checksum as 64 hex
 * digits and a NUL.
 */
export function writeTombstone(commit: Checksum): Uint8Array {
  return writeCommitmeta([[COMMIT_KEY, { type: 'ay', value: Buffer.from(`${commit}\0`, 'latin1') }]]);
}

/** Reads which commit was deleted; throws FORMAT_INVALID when the tombstone does not tell. */
export function readTombstone(bytes: Uint8Array): Checksum {
  const value = findMetadata(readCommitmeta(bytes), COMMIT_KEY)?.value;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : '';
  const checksum = text.slice(0, -1);
  if (!text.endsWith('\0') || !isChecksum(checksum)) throw formatInvalid('tombstone', 'it names no commit');
  return checksum;
}
