import { badUsage } from './usage-error.ts';

const PATTERN = /^(?<count>[0-9]+)(?:(?<unit>[kmgt])(?:i?b)?)?$/i;
const UNIT_EXPONENT: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 };

/** Reads a size in bytes: `1048576`, `64M`, `1G`, `512MiB`; every unit counts in powers of 1024. Throws USAGE. */
export function parseSize(text: string, option: string): number {
  const { count, unit } = PATTERN.exec(text.trim())?.groups ?? {};
  const bytes = Number(count ?? NaN) * 1024 ** (UNIT_EXPONENT[unit?.toLowerCase() ?? ''] ?? 0);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw badUsage(`Invalid size '${text}' for ${option}`, 'write a number of bytes, or one with a unit like 64M or 1G');
  }
  return bytes;
}
