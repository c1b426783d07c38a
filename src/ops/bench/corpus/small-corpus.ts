import type { CorpusSpec } from './corpus-plan.ts';

/** An operating-system tree in little: 2000 files, about 20 MB. */
export const SMALL_CORPUS = {
  name: 'small', seed: 14, files: 2000, medianBytes: 2200, sigma: 1.7, maximumBytes: 2 << 20, filesPerDirectory: 12, duplicateShare: 0.12, symlinkShare: 0.05,
} as const satisfies CorpusSpec;
