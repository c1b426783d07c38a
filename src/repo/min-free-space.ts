import { CoppiceError } from '../base/errors.ts';

/** How much of the file system a transaction leaves free; percent 0 means no limit. */
export type MinFreeSpace = { readonly percent: number } | { readonly bytes: bigint; readonly text: string };

const DEFAULT_PERCENT = 3;
const SIZE = /^(\d+)([MGT])B$/;
const SHIFT: Readonly<Record<string, bigint>> = { M: 20n, G: 30n, T: 40n };

/** Reads `min-free-space-size` (which wins) and `min-free-space-percent` of `[core]`. */
export function parseMinFreeSpace(size: string | undefined, percent: string | undefined): MinFreeSpace {
  const byPercent = parsePercent(percent);
  return size === undefined ? byPercent : parseSize(size);
}

function parsePercent(text: string | undefined): MinFreeSpace {
  if (text === undefined) return { percent: DEFAULT_PERCENT };
  const percent = parseLeadingInteger(text);
  if (percent >= 0 && percent <= 99) return { percent };
  throw unsupported(`Invalid min-free-space-percent '${text}'`);
}

/** An integer as libostree reads most settings: the digits at the start, 0 when there are none. */
export function parseLeadingInteger(text: string): number {
  const digits = /^\s*([+-]?\d+)/.exec(text)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

function parseSize(text: string): MinFreeSpace {
  const match = SIZE.exec(text);
  const [, digits, unit] = match ?? [];
  const shift = unit === undefined ? undefined : SHIFT[unit];
  if (digits === undefined || shift === undefined) {
    throw unsupported(`Invalid min-free-space-size '${text}': It should be of the format '123MB', '123GB' or '123TB'`);
  }
  return { bytes: BigInt(digits) << shift, text };
}

function unsupported(message: string): CoppiceError {
  return new CoppiceError('REPO_UNSUPPORTED', message);
}
