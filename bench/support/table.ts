/** Lays cells out in columns: the first `leftColumns` flush left, the others right. */
export function formatTable(rows: readonly (readonly string[])[], leftColumns: number): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const lay = (cell: string, i: number): string => (i < leftColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0));
  return rows.map((row) => row.map(lay).join('  ').trimEnd()).join('\n');
}

const ABSENT = '–';

/** Three significant digits, or a dash for what was not measured. */
function formatNumber(value: number, unit: string): string {
  if (!Number.isFinite(value)) return ABSENT;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit}`;
}

export const formatSeconds = (seconds: number): string => formatNumber(seconds, ' s');
export const formatRatio = (ratio: number): string => formatNumber(ratio, '×');
export const formatMegabytes = (bytes: number): string => (Number.isFinite(bytes) ? `${Math.round(bytes / 1e6)} MB` : ABSENT);
