/** How a column stands; numbers read better at the right. */
export type Alignment = 'left' | 'right';

const GAP = '  ';

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
}

/** Lines of columns two blanks apart; no blanks at the end of a line. */
export function formatTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string {
  const widths = widthsOf(rows);
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return alignments[column] === 'right' ? text.padStart(width) : text.padEnd(width);
  };
  return rows.map((row) => `${row.map(cell).join(GAP).trimEnd()}\n`).join('');
}
