import { badUsage } from './usage-error.ts';

const DEPTH = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/;
const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);

/** Reads `BRANCH=DEPTH` words as ostree does: what follows the digits is ignored, and a C `int` is cut from 64 bits. */
export function readBranchDepths(words: readonly string[]): ReadonlyMap<string, number> {
  return new Map(words.map((word): [string, number] => {
    const equals = word.indexOf('=');
    if (equals < 0) throw badUsage(`Invalid value ${word}, must specify BRANCH=DEPTH`);
    return [word.slice(0, equals), readDepth(word.slice(equals + 1))];
  }));
}

function readDepth(text: string): number {
  const digits = DEPTH.exec(text)?.[1];
  if (digits === undefined) throw badUsage(`Invalid depth ${text}`);
  const exact = digits.startsWith('+') ? BigInt(digits.slice(1)) : BigInt(digits);
  const bounded = exact > INT64_MAX ? INT64_MAX : exact < INT64_MIN ? INT64_MIN : exact;
  return Number(BigInt.asIntN(32, bounded));
}
