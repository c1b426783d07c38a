import { Random } from '../corpus/random.ts';

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** The value below which the share `q` of the values lies, between neighbours by proportion; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const order = sorted(values);
  const position = (order.length - 1) * q;
  const low = order[Math.floor(position)] ?? Number.NaN;
  const high = order[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Mann and Whitney's U: pairs in which the value of `a` is greater; ties count half. */
function countWins(a: readonly number[], b: readonly number[]): number {
  let wins = 0;
  for (const x of a) for (const y of b) wins += x > y ? 1 : x === y ? 0.5 : 0;
  return wins;
}

/**
 * In how many of the orders of n and m distinct values U comes out as 0, 1, … n·m: the coefficients of the Gaussian
 * binomial, which is the product of (1 − q^(m+i)) / (1 − q^i) for i from 1 to n.
 */
function orderCounts(n: number, m: number): number[] {
  const counts: number[] = Array.from({ length: n * m + 1 }, () => 0);
  counts[0] = 1;
  for (let i = 1; i <= n; i++) {
    for (let u = n * m; u >= m + i; u--) counts[u] = (counts[u] ?? 0) - (counts[u - m - i] ?? 0);
    for (let u = i; u <= n * m; u++) counts[u] = (counts[u] ?? 0) + (counts[u - i] ?? 0);
  }
  return counts;
}

function exactTail(u: number, n: number, m: number): number {
  const counts = orderCounts(n, m);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.slice(Math.ceil(u)).reduce((sum, count) => sum + count, 0) / total;
}

/** Upper tail of the standard normal (Abramowitz and Stegun 26.2.17, error below 1e-7). */
function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

function tieTerm(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
}

function approximateTail(u: number, a: readonly number[], b: readonly number[]): number {
  const [n, m, all] = [a.length, b.length, a.length + b.length];
  const variance = ((n * m) / 12) * (all + 1 - tieTerm([...a, ...b]) / (all * (all - 1)));
  return variance <= 0 ? 1 : normalTail((u - (n * m) / 2 - 0.5) / Math.sqrt(variance));
}

/** Above it the counts of orders pass what a number holds exactly. */
const EXACT_UP_TO = 50;

/**
 * How likely values as much greater as those of `a` over `b` are if both came from one distribution (one-sided rank test).
 *
 * Exact for up to fifty values without ties, else by the normal approximation with tie correction. 1 when a sample is empty.
 */
export function probabilityNotGreater(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const u = countWins(a, b);
  const exact = a.length + b.length <= EXACT_UP_TO && tieTerm([...a, ...b]) === 0;
  return exact ? exactTail(u, a.length, b.length) : approximateTail(u, a, b);
}

/** The least that `probabilityNotGreater` can come to with samples of n and m values: one order out of all. */
export function leastProbability(n: number, m: number): number {
  return 1 / orderCounts(n, m).reduce((sum, count) => sum + count, 0);
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;

/** The 95 % interval of the median by seeded bootstrap. */
export function medianInterval(values: readonly number[], seed = 1): Interval {
  const random = new Random(seed);
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(() => values[random.below(values.length)] ?? Number.NaN)));
  return { low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}
