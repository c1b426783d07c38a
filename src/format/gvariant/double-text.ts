const DIGITS = 17;
const MANY_DIGITS = 60;

/** Writes a double as g_ascii_dtostr does, C's `%.17g`. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { sign, digits, exponent } = roundToDigits(value);
  const significant = digits.replace(/0+$/, '');
  return sign + (exponent < -4 || exponent >= DIGITS ? scientific(significant, exponent) : plain(significant, exponent));
}

interface Rounded {
  readonly sign: string;
  /** 17 digits. */
  readonly digits: string;
  readonly exponent: number;
}

/** Rounds to 17 significant digits; a tie goes to the even digit as in C, where toExponential goes up. */
function roundToDigits(value: number): Rounded {
  const exact = Math.abs(value).toExponential(MANY_DIGITS).replace('.', '').split('e');
  const tail = exact[0]?.slice(DIGITS) ?? '';
  const kept = exact[0]?.slice(0, DIGITS) ?? '';
  const isTie = /^50*$/.test(tail) && Number(kept.at(-1)) % 2 === 0;
  const rounded = Math.abs(value).toExponential(DIGITS - 1).replace('.', '').split('e');
  const [digits, exponent] = isTie ? [kept, exact[1]] : rounded;
  return { sign: value < 0 ? '-' : '', digits: digits ?? '', exponent: Number(exponent) };
}

function scientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
