import { SMALL_CORPUS } from '../../src/ops/bench/corpus/small-corpus.ts';
import type { CorpusSpec } from '../../src/ops/bench/corpus/corpus-plan.ts';
import { copyRealTree, type TreeTotals, writeCorpus } from '../../src/ops/bench/corpus/write-corpus.ts';

const MEBIBYTE = 1 << 20;

/** Measured on an installed Debian: median about 2 KiB, mean about 13 KiB. */
const MIX = { seed: 13, medianBytes: 2200, sigma: 1.88, maximumBytes: 48 * MEBIBYTE, filesPerDirectory: 12, duplicateShare: 0.12, symlinkShare: 0.05 } as const;

const MANY = { seed: 16, medianBytes: 300, sigma: 1, maximumBytes: 4096, filesPerDirectory: 25, duplicateShare: 0.1, symlinkShare: 0.02 } as const;

/** The generated corpora by name. */
export const CORPORA = {
  /** Many tiny files. */
  tiny: { name: 'tiny', seed: 11, files: 60_000, medianBytes: 200, sigma: 1, maximumBytes: 4096, filesPerDirectory: 40, duplicateShare: 0.05, symlinkShare: 0.02 },
  /** Few large files. */
  large: { name: 'large', seed: 12, files: 24, medianBytes: 20 * MEBIBYTE, sigma: 0.5, maximumBytes: 64 * MEBIBYTE, filesPerDirectory: 6, duplicateShare: 0, symlinkShare: 0 },
  /** An operating-system tree of 550 MB. */
  mix: { ...MIX, name: 'mix', files: 44_000 },
  /** One of 1.7 GB, on which the start of a process weighs less. */
  'mix-132k': { ...MIX, name: 'mix-132k', files: 132_000 },
  /** The mix in little, for smoke runs. */
  small: SMALL_CORPUS,
  /** Eight files of 512 MiB. */
  huge: { name: 'huge', seed: 15, files: 8, medianBytes: 512 * MEBIBYTE, sigma: 0, maximumBytes: 512 * MEBIBYTE, filesPerDirectory: 8, duplicateShare: 0, symlinkShare: 0 },
  /** Half a million small files, or as many as asked for. */
  many: { ...MANY, name: 'many', files: 500_000 },
  /** The same in three sizes, for time per file. */
  'many-10k': { ...MANY, name: 'many-10k', files: 10_000 },
  'many-100k': { ...MANY, name: 'many-100k', files: 100_000 },
  'many-1m': { ...MANY, name: 'many-1m', files: 1_000_000 },
} as const satisfies Record<string, CorpusSpec>;

export type CorpusName = keyof typeof CORPORA | 'real';

export const CORPUS_NAMES: readonly CorpusName[] = ['tiny', 'large', 'mix', 'mix-132k', 'small', 'huge', 'many', 'many-10k', 'many-100k', 'many-1m', 'real'];

export interface CorpusChoice {
  /** The directory that `real` copies. */
  readonly realTree: string;
  /** Files of `many`. */
  readonly manyFiles: number;
}

/** What writes the corpus of that name into a new directory. */
export function corpusWriter(name: CorpusName, { realTree, manyFiles }: CorpusChoice): (root: string) => TreeTotals {
  if (name === 'real') return (root) => copyRealTree(realTree, root);
  const spec = CORPORA[name];
  return (root) => writeCorpus(name === 'many' ? { ...spec, files: manyFiles } : spec, root);
}
