import { promisedOperations } from './acceptance/thresholds.ts';
import { chooseOperations } from './ops/index.ts';
import type { BenchOptions } from './options.ts';
import type { CorpusName } from './support/corpora.ts';

/** A part of a run: corpora measured with the same contenders. */
export type Sitting = Pick<BenchOptions, 'operations' | 'corpora' | 'engines' | 'threads' | 'withOstree' | 'withFloor'> & {
  /** Whether it is repeated on the ext4 image of `--also-ext4`. */
  readonly alsoExt4: boolean;
};

const FLAT_CORPORA: readonly CorpusName[] = ['many-10k', 'many-100k', 'many-1m'];
/** The promise of flat memory is given for two threads. */
const FLAT_THREADS = 2;

/** The promised ones among those that suit the corpus, unless the options name others. */
function operationsFor(corpus: CorpusName, { operations }: BenchOptions): readonly string[] {
  const promised = promisedOperations(corpus);
  return operations.length > 0 ? operations : chooseOperations(corpus, []).map(({ name }) => name).filter((name) => promised.has(name));
}

/**
 * What a run consists of: one sitting as the options say, or those that the acceptance table needs, of the corpora asked for.
 * ostree takes no part among a million files: nothing is promised against it there, and it would take an hour.
 */
export function planSittings(options: BenchOptions): Sitting[] {
  const usual: Sitting = { ...options, alsoExt4: options.alsoExt4 };
  if (!options.isAcceptance) return [usual];
  const against = options.corpora.filter((name) => !FLAT_CORPORA.includes(name));
  const flat = options.corpora.filter((name) => FLAT_CORPORA.includes(name));
  const sittings: Sitting[] = [
    ...against.map((name) => ({ ...usual, operations: operationsFor(name, options), corpora: [name], alsoExt4: usual.alsoExt4 && name !== 'huge' })),
    { ...usual, corpora: flat, engines: ['native', 'low-ram'], threads: FLAT_THREADS, withOstree: false, withFloor: false, alsoExt4: false },
  ];
  return sittings.filter(({ corpora }) => corpora.length > 0);
}
