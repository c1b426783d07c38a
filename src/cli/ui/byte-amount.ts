const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;
const STEP = 1000;
const NO_BREAK_SPACE = '\u00A0';

/** Bytes as GLib's g_format_size writes them: `1 byte`, `267 bytes`, `3.0 MB` with a no-break space before the unit. */
export function byteAmount(bytes: number): string {
  if (bytes < STEP) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const exponent = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${oneDecimal(bytes / STEP ** exponent)}${NO_BREAK_SPACE}${UNITS[exponent - 1] ?? ''}`;
}

/** Rounds as printf does, a tie to the even digit; `toFixed` rounds it up, which differs for a quarter. */
function oneDecimal(amount: number): string {
  return (amount % 1 === 0.25 ? amount - 0.05 : amount).toFixed(1);
}
