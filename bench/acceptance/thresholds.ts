/**
 * What the benches have to show, and nothing else: every bound of the promise stands in this file once.
 *
 * `gain`: the other's time over ours, at least. `share`: our time over the other's, at most. `flat`: time per file in a
 * corpus over that in the smaller one before it, at most. `peak`: memory of the whole process in MB, at most. `output`: bytes
 * of objects, no more than ostree's. Ratios are medians of the rounds' own.
 */
export type Requirement =
  | { readonly kind: 'gain'; readonly against: 'ostree' | 'git'; readonly least: number } & Row
  | { readonly kind: 'share'; readonly against: 'floor'; readonly most: number } & Row
  | { readonly kind: 'flat'; readonly smaller: string; readonly most: number } & Row
  | { readonly kind: 'peak'; readonly mostMegabytes: number } & Row
  | { readonly kind: 'output' } & Row;

interface Row {
  readonly operation: string;
  readonly corpus: string;
  readonly engine: string;
}

/** What is promised against ostree is promised of this mix: of a smaller one, node's start is the larger part of our time. */
const MIX = 'mix-132k';

const gain = (operation: string, engine: string, least: number, corpus = MIX): Requirement => ({ kind: 'gain', against: 'ostree', operation, corpus, engine, least });
const flat = (operation: string, corpus: string, smaller: string): Requirement => ({ kind: 'flat', operation, corpus, engine: 'native', smaller, most: 1.15 });
const peak = (operation: string, engine: string, mostMegabytes: number, corpus = 'many-1m'): Requirement => ({ kind: 'peak', operation, corpus, engine, mostMegabytes });

export const REQUIREMENTS: readonly Requirement[] = [
  gain('commit:bare-user-only', 'native', 5),
  gain('commit:bare-user', 'native', 4.5),
  gain('commit:bare', 'native', 4.5),
  gain('commit:bare-user-only', 'wasm', 3.5),
  gain('commit:archive', 'native', 5),
  { kind: 'output', operation: 'commit:archive', corpus: MIX, engine: 'native' },
  gain('commit:archive', 'wasm', 2.2),
  { kind: 'output', operation: 'commit:archive', corpus: MIX, engine: 'wasm' },
  gain('recommit:bare-user-only', 'native', 20),
  { kind: 'gain', against: 'git', operation: 'recommit:bare-user-only', corpus: MIX, engine: 'native', least: 1 },
  gain('recommit:bare-user-only', 'wasm', 14),
  gain('recommit:archive', 'native', 100),
  gain('recommit:archive', 'wasm', 70),
  gain('change:bare-user-only', 'native', 15),
  gain('change:bare-user-only', 'wasm', 10),
  gain('change:archive', 'native', 60),
  gain('change:archive', 'wasm', 40),
  gain('checkout:hardlink', 'native', 2.2),
  gain('checkout:hardlink', 'wasm', 1.3),
  gain('checkout:copy', 'native', 4),
  gain('checkout:copy', 'wasm', 2),
  gain('fsck:bare-user-only', 'native', 10),
  gain('fsck:bare-user-only', 'wasm', 6),
  gain('fsck:archive', 'native', 8),
  gain('fsck:archive', 'wasm', 3),
  gain('commit:bare-user-only', 'native', 6, 'huge'),
  gain('commit:bare-user-only', 'wasm', 5, 'huge'),
  { kind: 'share', against: 'floor', operation: 'commit:bare-user-only', corpus: MIX, engine: 'native', most: 1.25 },
  { kind: 'share', against: 'floor', operation: 'commit:bare-user-only', corpus: MIX, engine: 'wasm', most: 1.9 },
  ...['commit:bare-user-only', 'checkout:hardlink', 'fsck:bare-user-only'].flatMap((operation) => [
    flat(operation, 'many-100k', 'many-10k'),
    flat(operation, 'many-1m', 'many-10k'),
    flat(operation, 'many-1m', 'many-100k'),
    peak(operation, 'native', 110),
    peak(operation, 'low-ram', 72),
  ]),
  gain('prune:1000k', 'native', 3, 'mix'),
  peak('prune:1000k', 'native', 120, 'mix'),
  gain('pull-local:to-archive', 'native', 4, 'mix'),
  gain('pull-local:from-archive', 'native', 3, 'mix'),
  gain('pull-local:link', 'native', 2, 'mix'),
  gain('export', 'native', 1.5, 'mix'),
  peak('export', 'native', 110, 'mix'),
  gain('commit:tar', 'native', 1.5, 'mix'),
  peak('commit:tar', 'native', 110, 'mix'),
];

/** The operations of which anything is promised in the corpus. */
export function promisedOperations(corpus: string): ReadonlySet<string> {
  return new Set(REQUIREMENTS.filter((requirement) => requirement.corpus === corpus).map(({ operation }) => operation));
}
