const DIGITS = 12;
const VALUES = 16 ** DIGITS;

/**
 * Twelve hex digits that are unlikely to be met again: for names of files, whose creation fails where the name is taken.
 * They are no secret; node:crypto would take 2 ms to load.
 */
export function randomHex(): string {
  return Math.floor(Math.random() * VALUES).toString(16).padStart(DIGITS, '0');
}
