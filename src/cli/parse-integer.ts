import { badUsage } from './usage-error.ts';

const PATTERN = /^\s*(?<sign>[+-]?)(?<digits>0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
const INT_MAX = 0x7fffffff;
const INT_MIN = -INT_MAX - 1;

function magnitudeOf(digits: string): number {
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}

/** Reads a C `int` as GOption does: decimal, octal with a leading 0, hexadecimal with 0x. Throws USAGE naming `option`. */
export function parseInteger(text: string, option: string): number {
  const { sign, digits } = PATTERN.exec(text)?.groups ?? {};
  if (digits === undefined) throw badUsage(`Cannot parse integer value “${text}” for ${option}`);
  const magnitude = magnitudeOf(digits);
  const value = sign === '-' && magnitude !== 0 ? -magnitude : magnitude;
  if (value < INT_MIN || value > INT_MAX) throw badUsage(`Integer value “${text}” for ${option} out of range`);
  return value;
}
