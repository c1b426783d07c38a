const ABSENT = '–';

/** Three significant digits, or a dash for what was not measured. */
function formatNumber(value: number, unit: string): string {
  if (!Number.isFinite(value)) return ABSENT;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit}`;
}

export const formatSeconds = (seconds: number): string => formatNumber(seconds, ' s');
export const formatRatio = (ratio: number): string => formatNumber(ratio, '×');
export const formatMegabytes = (bytes: number): string => (Number.isFinite(bytes) ? `${Math.round(bytes / 1e6)} MB` : ABSENT);
