import { STAT, STAT_FIELDS } from './engine.ts';

/** The inode number of entry `index`; it may pass 2^53. */
export function inodeOf(stats: Float64Array, index: number): bigint {
  const at = index * STAT_FIELDS;
  return (BigInt(stats[at + STAT.inodeHigh] ?? 0) << 32n) | BigInt(stats[at + STAT.inodeLow] ?? 0);
}
