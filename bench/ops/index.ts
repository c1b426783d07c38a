import type { CorpusName } from '../support/corpora.ts';
import type { Operation } from '../../src/ops/bench/contest/operation.ts';
import { checkoutOperation } from '../../src/ops/bench/verbs/checkout.ts';
import { blake3CommitOperation, commitOperation } from '../../src/ops/bench/verbs/commit.ts';
import { fsckOperation } from '../../src/ops/bench/verbs/fsck.ts';
import { hardlinksOperation } from '../../src/ops/bench/verbs/hardlinks.ts';
import { changedRecommitOperation, unchangedRecommitOperation } from '../../src/ops/bench/verbs/recommit.ts';
import { updateOperation } from '../../src/ops/bench/verbs/update.ts';
import { pruneOperation } from './prune.ts';
import { pullLocalOperation } from './pull-local.ts';
import { commitTarOperation, exportOperation } from '../../src/ops/bench/verbs/tar.ts';

/** Every operation, in the order of the table. */
export const OPERATIONS: readonly Operation[] = [
  commitOperation('bare-user-only'),
  commitOperation('bare-user'),
  commitOperation('bare'),
  commitOperation('archive'),
  blake3CommitOperation('bare-user-only'),
  unchangedRecommitOperation('bare-user-only'),
  unchangedRecommitOperation('archive'),
  changedRecommitOperation('bare-user-only'),
  changedRecommitOperation('archive'),
  hardlinksOperation(),
  checkoutOperation('hardlink'),
  checkoutOperation('copy'),
  updateOperation(),
  fsckOperation('bare-user-only'),
  fsckOperation('archive'),
  pruneOperation(100),
  pruneOperation(1000),
  pullLocalOperation('link'),
  pullLocalOperation('to-archive'),
  pullLocalOperation('from-archive'),
  commitTarOperation(),
  exportOperation(),
];

/** Time per file and peak memory, from few to many files. */
const FLAT_OPERATIONS = ['commit:bare-user-only', 'checkout:hardlink', 'fsck:bare-user-only'] as const;
const FLATNESS = { 'many-10k': FLAT_OPERATIONS, 'many-100k': FLAT_OPERATIONS, 'many-1m': FLAT_OPERATIONS } as const;

/** Too large to be run unless it is named in full. */
const ON_DEMAND: ReadonlySet<string> = new Set(['prune:1000k']);
/** Has a corpus of its own: once is enough. */
const ONCE: ReadonlySet<string> = new Set(['prune:100k']);

/** What says something about a corpus that is not the mix; the mix and real trees get every operation. */
const USUAL: Readonly<Partial<Record<CorpusName, readonly string[]>>> = {
  tiny: ['commit:bare-user-only', 'recommit:bare-user-only', 'checkout:hardlink', 'fsck:bare-user-only'],
  large: ['commit:bare-user-only', 'commit:archive', 'fsck:bare-user-only'],
  huge: ['commit:bare-user-only'],
  many: ['commit:bare-user-only'],
  ...FLATNESS,
};

/** Whether `word` names the operation: in full, or its verb alone. */
export function isNamedBy(operation: Operation, word: string): boolean {
  return operation.name === word || operation.name.startsWith(`${word}:`);
}

/** The operations for a corpus: those that the words name, or the usual ones when there are no words. */
export function chooseOperations(corpus: CorpusName, words: readonly string[]): Operation[] {
  const usual = USUAL[corpus];
  if (words.length > 0) return OPERATIONS.filter((operation) => words.some((word) => isNamedBy(operation, word)));
  return OPERATIONS.filter(({ name }) => {
    if (ON_DEMAND.has(name) || (ONCE.has(name) && corpus !== 'mix')) return false;
    return usual === undefined || usual.includes(name);
  });
}

/** How tables call an operation. */
export function titleOf(name: string): string {
  return OPERATIONS.find((operation) => operation.name === name)?.title ?? name;
}
