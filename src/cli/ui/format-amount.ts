const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;
const STEP = 1000;

/** `999 bytes`, `1.5 kB`, `23.4 MB`: powers of 1000, one decimal. */
export function formatBytes(bytes: number): string {
  const exponent = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(STEP)), UNITS.length - 1);
  const amount = bytes / STEP ** exponent;
  return `${exponent === 0 ? amount : amount.toFixed(1)} ${UNITS[exponent] ?? 'bytes'}`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** `45 s`, `3 min 20 s`, `2 h 5 min`; rounded up, because a promise is better kept early. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
}
