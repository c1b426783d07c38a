const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;
const STEP = 1000;
const NO_BREAK_SPACE = '\u00A0';

/** Bytes as GLib's g_format_size writes them: `1 byte`, `267 bytes`, `3.0 MB` with a no-break space before the unit. */
export function byteAmount(bytes: number): string {
  if (bytes < STEP) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const exponent = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${(bytes / STEP ** exponent).toFixed(1)}${NO_BREAK_SPACE}${UNITS[exponent - 1] ?? ''}`;
}
