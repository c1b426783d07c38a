/** A rectangle of a treemap, in the units of the area that was divided. */
export interface Tile {
  /** Index of the value it stands for. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is left is never nothing: rounding may have eaten the place of very small values. */
const SLIVER = 1e-9;

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Divides an area among values so that tiles are as square as can be (Bruls, Huizing and van Wijk, "Squarified Treemaps"):
 * rows are laid along the shorter side, each as long as its worst tile gets better by the next value. Values of 0 get none.
 */
export function squarify(values: readonly number[], area: Area): Tile[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  const scale = total > 0 ? (area.width * area.height) / total : 0;
  const items = values
    .map((value, index) => ({ index, size: value * scale }))
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => b.size - a.size);
  const tiles: Tile[] = [];
  let left: Area = area;
  for (let at = 0; at < items.length; ) {
    const length = Math.min(left.width, left.height);
    const end = rowEnd(items, at, length);
    const row = items.slice(at, end);
    tiles.push(...layRow(row, left));
    left = without(left, sizeOf(row));
    at = end;
  }
  return tiles;
}

interface Item {
  readonly index: number;
  readonly size: number;
}

/** The row grows while its worst tile gets no longer. */
function rowEnd(items: readonly Item[], start: number, length: number): number {
  let end = start + 1;
  let worst = worstRatio(items.slice(start, end), length);
  while (end < items.length) {
    const next = worstRatio(items.slice(start, end + 1), length);
    if (next > worst) break;
    worst = next;
    end += 1;
  }
  return end;
}

function worstRatio(row: readonly Item[], length: number): number {
  const sum = sizeOf(row);
  const largest = row[0]?.size ?? 0;
  const smallest = row.at(-1)?.size ?? 0;
  return Math.max((length ** 2 * largest) / sum ** 2, sum ** 2 / (length ** 2 * smallest));
}

function sizeOf(row: readonly Item[]): number {
  return row.reduce((sum, { size }) => sum + size, 0);
}

/** Of a row of that size along the shorter side; no more than there is, for of a sliver rounding knows few digits. */
function thicknessOf(size: number, { width, height }: Area): number {
  return Math.min(size / Math.min(width, height), Math.max(width, height));
}

function layRow(row: readonly Item[], area: Area): Tile[] {
  const { x, y, width, height } = area;
  const isColumn = width >= height;
  const thickness = thicknessOf(sizeOf(row), area);
  let offset = 0;
  return row.map(({ index, size }) => {
    const long = size / thickness;
    const at = offset;
    offset += long;
    return isColumn
      ? { index, x, y: y + at, width: thickness, height: long }
      : { index, x: x + at, y, width: long, height: thickness };
  });
}

function without(area: Area, size: number): Area {
  const { x, y, width, height } = area;
  const thickness = thicknessOf(size, area);
  if (width >= height) return { x: x + thickness, y, width: Math.max(SLIVER, width - thickness), height };
  return { x, y: y + thickness, width, height: Math.max(SLIVER, height - thickness) };
}
