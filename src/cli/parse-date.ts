import { DateFault } from './date/date-items.ts';
import { readItems } from './date/read-items.ts';
import { resolveDate } from './date/resolve-date.ts';
import { badUsage } from './usage-error.ts';

const EPOCH = /^@\s*(?<sign>[+-]?)(?<whole>[0-9]+)(?:[.,](?<fraction>[0-9]+))?$/;
const INT64_MAX = (1n << 63n) - 1n;

/** `@1234567890.5`, rounded down; undefined for any other text. */
function readEpoch(text: string): bigint | undefined {
  const { sign, whole, fraction = '' } = EPOCH.exec(text)?.groups ?? {};
  if (whole === undefined) return undefined;
  const seconds = BigInt(whole);
  if (seconds > INT64_MAX) throw new DateFault('it is too far from 1970');
  if (sign !== '-') return seconds;
  return /[1-9]/.test(fraction) ? -seconds - 1n : -seconds;
}

/**
 * Reads a date as GNU date does and answers seconds since 1970, rounded down; without a zone it is local time.
 * Relative items count from `nowMilliseconds`. Throws USAGE for every text whose meaning is not certain.
 */
export function parseDate(text: string, nowMilliseconds: number = Date.now()): bigint {
  try {
    const trimmed = text.trim();
    return readEpoch(trimmed) ?? BigInt(Math.floor(resolveDate(readItems(trimmed), nowMilliseconds) / 1000));
  } catch (error) {
    if (!(error instanceof DateFault)) throw error;
    throw badUsage(`Could not parse '${text}'`, `${error.message}; a safe way to write a date is 2005-10-29 12:43:29 +0000`);
  }
}
