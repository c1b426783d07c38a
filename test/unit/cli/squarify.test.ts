import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squarify } from '../../../src/cli/ui/squarify.ts';

const AREA = { x: 10, y: 20, width: 600, height: 400 };
const values = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1, max: 1e12, noNaN: true })), { maxLength: 40 });

describe('a squarified treemap', () => {
  it('gives each value its share of the area, inside of it', () => {
    fc.assert(fc.property(values, (list) => {
      const total = list.reduce((sum, value) => sum + value, 0);
      const tiles = squarify(list, AREA);
      expect(tiles.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(list.flatMap((value, index) => (value > 0 ? [index] : [])));
      for (const { index, x, y, width, height } of tiles) {
        expect((width * height) / (AREA.width * AREA.height)).toBeCloseTo((list[index] ?? 0) / total, 6);
        expect([x - AREA.x, y - AREA.y, AREA.x + AREA.width - x - width, AREA.y + AREA.height - y - height].every((room) => room > -0.01)).toBe(true);
      }
    }));
  });

  it('keeps a value in the area that is nothing beside another', () => {
    for (const list of [[360701141859.5589, 1], [1e12, 1, 1], [1e12, 999_999_999_999, 1]]) {
      for (const { x, y, width, height } of squarify(list, AREA)) {
        expect([x + width <= AREA.x + AREA.width + 1e-6, y + height <= AREA.y + AREA.height + 1e-6], list.join(' ')).toEqual([true, true]);
      }
    }
  });

  it('lays no tile over another', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 15 }), (list) => {
      const tiles = squarify(list, AREA);
      const overlap = (a: (typeof tiles)[number], b: (typeof tiles)[number]): boolean =>
        Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1e-6 && Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1e-6;
      expect(tiles.some((a, index) => tiles.slice(index + 1).some((b) => overlap(a, b)))).toBe(false);
    }));
  });

  it('makes the example of the paper: the first row takes two tiles of a 6 × 4 area', () => {
    const tiles = squarify([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, width: 6, height: 4 });
    expect(tiles.slice(0, 2)).toMatchObject([{ x: 0, y: 0, width: 3, height: 2 }, { x: 0, y: 2, width: 3, height: 2 }]);
  });
});
