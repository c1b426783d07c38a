import { textError } from './text-error.ts';
import type { TextSpan } from './text-error.ts';
import type { BasicCode, GType } from './type-string.ts';

/** Smallest and largest value of the integer types. */
const RANGES: Readonly<Partial<Record<BasicCode, readonly [bigint, bigint]>>> = {
  y: [0n, 0xffn],
  n: [-0x8000n, 0x7fffn],
  q: [0n, 0xffffn],
  i: [-0x8000_0000n, 0x7fff_ffffn],
  h: [-0x8000_0000n, 0x7fff_ffffn],
  u: [0n, 0xffff_ffffn],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

const MAX_DIGITS = 200;

/** The part that strtoull with base 0 reads: `0x` is hexadecimal, a leading `0` octal. */
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/;

export function integerOf(span: TextSpan, text: string, type: GType & { readonly kind: 'basic' }): number | bigint {
  const value = parseInteger(span, text);
  const [low, high] = RANGES[type.code] ?? [1n, 0n];
  if (value < low || value > high) throw textError(span, `number out of range for type '${type.text}'`);
  return 'xth'.includes(type.code) ? value : Number(value);
}

function parseInteger(span: TextSpan, text: string): bigint {
  const [match = '', sign = '', digits = ''] = INTEGER.exec(text) ?? [];
  if (digits.length > MAX_DIGITS) throw textError(span, 'integer too big for any type');
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  if (magnitude >= 2n ** 64n) throw textError(span, 'integer too big for any type');
  if (match !== text || match === '') throw strayCharacter(span, match.length);
  return sign === '-' ? -magnitude : magnitude;
}

function strayCharacter({ start }: TextSpan, at: number): Error {
  return textError({ start: start + at, end: start + at + 1 }, 'invalid character in number');
}

const DECIMAL = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/;
const HEX_FLOAT = /^([-+]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([-+]?[0-9]+))?/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
]);

/** Reads a double as C's strtod does; a finite number too large for one is refused. */
export function numberOf(span: TextSpan, text: string): number {
  const special = SPECIAL.get(text.replace(/^[-+]/, '').toLowerCase());
  if (special !== undefined) return text.startsWith('-') ? -special : special;
  if (HEX_FLOAT.test(text)) return hexFloat(span, text);
  const match = DECIMAL.exec(text)?.[0] ?? '';
  if (match !== text) throw strayCharacter(span, match.length);
  if (!Number.isFinite(Number(text))) throw textError(span, 'number too big for any type');
  return Number(text);
}

/** Exact for up to 53 significant bits, which is what anyone writes in hexadecimal. */
function hexFloat(span: TextSpan, text: string): number {
  const [match = '', sign, whole = '', fraction = '', exponent = '0'] = HEX_FLOAT.exec(text) ?? [];
  if (match !== text || whole + fraction === '') throw strayCharacter(span, match.length);
  const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(value)) throw textError(span, 'number too big for any type');
  return sign === '-' ? -value : value;
}
