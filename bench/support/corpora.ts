import type { CorpusSpec } from './corpus-plan.ts';

const MEBIBYTE = 1 << 20;

/** The generated corpora by name. The realistic mix is measured on an installed Debian: median about 2 KiB, mean about 13 KiB. */
export const CORPORA = {
  /** Many tiny files. */
  tiny: { name: 'tiny', seed: 11, files: 60_000, medianBytes: 200, sigma: 1, maximumBytes: 4096, filesPerDirectory: 40, duplicateShare: 0.05, symlinkShare: 0.02 },
  /** Few large files. */
  large: { name: 'large', seed: 12, files: 24, medianBytes: 20 * MEBIBYTE, sigma: 0.5, maximumBytes: 64 * MEBIBYTE, filesPerDirectory: 6, duplicateShare: 0, symlinkShare: 0 },
  /** An operating-system tree. */
  mix: { name: 'mix', seed: 13, files: 44_000, medianBytes: 2200, sigma: 1.88, maximumBytes: 48 * MEBIBYTE, filesPerDirectory: 12, duplicateShare: 0.12, symlinkShare: 0.05 },
  /** The mix in little, for smoke runs. */
  small: { name: 'small', seed: 14, files: 2000, medianBytes: 2200, sigma: 1.7, maximumBytes: 2 * MEBIBYTE, filesPerDirectory: 12, duplicateShare: 0.12, symlinkShare: 0.05 },
  /** Eight files of 512 MiB. */
  huge: { name: 'huge', seed: 15, files: 8, medianBytes: 512 * MEBIBYTE, sigma: 0, maximumBytes: 512 * MEBIBYTE, filesPerDirectory: 8, duplicateShare: 0, symlinkShare: 0 },
  /** Half a million small files: for peak memory and time per file; the number can be chosen. */
  many: { name: 'many', seed: 16, files: 500_000, medianBytes: 300, sigma: 1, maximumBytes: 4096, filesPerDirectory: 25, duplicateShare: 0.1, symlinkShare: 0.02 },
} as const satisfies Record<string, CorpusSpec>;

export type CorpusName = keyof typeof CORPORA | 'real';

export const CORPUS_NAMES: readonly CorpusName[] = ['tiny', 'large', 'mix', 'small', 'huge', 'many', 'real'];
