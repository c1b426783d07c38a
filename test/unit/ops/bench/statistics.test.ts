import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/ops/bench/corpus/random.ts';
import { median, medianInterval, probabilityNotGreater, quantile } from '../../../../src/ops/bench/contest/statistics.ts';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function drawHundred(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: 100 }, () => random.next32());
}

describe('quantiles', () => {
  it.each([
    [[3], 3],
    [[1, 2, 9], 2],
    [[9, 1, 2, 4], 3],
  ])('gives %j the median %f', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('has no median of nothing', () => {
    expect(median([])).toBeNaN();
  });

  it('goes between neighbours by proportion', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
  });
});

describe('the rank test', () => {
  it('is exact on small samples', () => {
    expect(probabilityNotGreater([6, 7, 8, 9, 10], [1, 2, 3, 4, 5])).toBeCloseTo(1 / 252, 12);
    expect(probabilityNotGreater([4, 5, 6], [1, 2, 3])).toBeCloseTo(1 / 20, 12);
    expect(probabilityNotGreater([1, 2, 3], [4, 5, 6])).toBe(1);
    expect(probabilityNotGreater([2, 4], [1, 3])).toBeCloseTo(2 / 6, 12);
  });

  it('says nothing about nothing', () => {
    expect(probabilityNotGreater([], [1])).toBe(1);
    expect(probabilityNotGreater([1, 1, 1], [1, 1, 1])).toBe(1);
  });

  it('approximates larger samples closely', () => {
    const a = Array.from({ length: 30 }, (_, i) => i + 0.5);
    const b = Array.from({ length: 30 }, (_, i) => i);
    expect(probabilityNotGreater(a, b)).toBeGreaterThan(0.35);
    expect(probabilityNotGreater(a.map((x) => x + 10), b)).toBeLessThan(0.001);
  });

  it('calls equal samples different in about as many cases as the level allows', () => {
    const random = new Random(4);
    const draw = (): number[] => Array.from({ length: 5 }, () => random.normal());
    const cries = Array.from({ length: 2000 }, () => probabilityNotGreater(draw(), draw())).filter((p) => p < 0.05).length;
    expect(cries / 2000).toBeGreaterThan(0.02);
    expect(cries / 2000).toBeLessThan(0.06);
  });
});

describe('the bootstrap', () => {
  it('encloses the median and is the same each time', () => {
    const values = [1, 1.1, 0.9, 1.2, 0.95, 1.05];
    const interval = medianInterval(values);
    expect(interval.low).toBeLessThanOrEqual(median(values));
    expect(interval.high).toBeGreaterThanOrEqual(median(values));
    expect(medianInterval(values)).toEqual(interval);
  });
});

describe('the generator of random numbers', () => {
  it('gives the same sequence for the same seed', () => {
    expect(drawHundred(1)).toEqual(drawHundred(1));
    expect(drawHundred(1)).not.toEqual(drawHundred(2));
  });

  it('is uniform and normal enough', () => {
    const random = new Random(2);
    const uniform = Array.from({ length: 20_000 }, () => random.fraction());
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1);
  });
});
