import type { Checksum } from '../../base/checksum.ts';
import { compareUtf8 } from '../../base/byte-order.ts';
import { CoppiceError } from '../../base/errors.ts';
import { dictOrder } from '../../format/gvariant/dict-order.ts';
import type { MetadataEntry } from '../../format/object/commit.ts';
import { writeSizes } from '../../format/object/sizes.ts';
import { readCommitObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import type { SizeLedger } from './size-ledger.ts';

export interface MetadataOptions {
  /** The caller's own entries, in order. */
  readonly metadata?: readonly MetadataEntry[] | undefined;
  /** Keys taken over from the parent. */
  readonly keepMetadata?: readonly string[] | undefined;
  /** Names in `ostree.ref-binding` besides the branch; undefined with `noBindings` writes none at all. */
  readonly bindRefs?: readonly string[] | undefined;
  readonly noBindings?: boolean | undefined;
}

/** What a commit says of itself besides what the caller wants it to. */
export interface CommitFacts {
  readonly kernel: readonly MetadataEntry[];
  /** Taken over from the parent. */
  readonly kept: readonly MetadataEntry[];
  readonly branch: string | undefined;
  readonly sizes: SizeLedger | undefined;
}

/** The commit's metadata in libostree's order: the caller's, kept ones, bindings, all of it in a dictionary when a kernel is told, sizes. */
export function commitMetadata(
  repo: Repo,
  options: MetadataOptions,
  facts: CommitFacts,
): MetadataEntry[] {
  const entries = [
    ...(options.metadata ?? []),
    ...facts.kept,
    ...(options.noBindings === true ? [] : bindings(repo, options.bindRefs ?? [], facts.branch)),
  ];
  const isPlain = facts.kernel.length === 0;
  return [...(isPlain ? entries : dictOrder([...entries, ...facts.kernel])), ...sizesEntry(facts.sizes)];
}

/** The metadata that comes along from the parent; refuses keys that it does not have. */
export function keptMetadata(repo: Repo, { keepMetadata: keys = [] }: MetadataOptions, parent: Checksum | undefined): MetadataEntry[] {
  if (keys.length === 0) return [];
  if (parent === undefined) {
    throw new CoppiceError('USAGE', 'Either --branch or --parent must be specified when using --keep-metadata');
  }
  const old = new Map(readCommitObject(repo, parent).metadata);
  return keys.map((key) => {
    const value = old.get(key);
    if (value === undefined) throw new CoppiceError('USAGE', `Missing metadata key '${key}' from commit '${parent}'`);
    return [key, value];
  });
}

function bindings(repo: Repo, bindRefs: readonly string[], branch: string | undefined): MetadataEntry[] {
  const refs = [...(branch === undefined ? [] : [branch]), ...bindRefs].toSorted(compareUtf8);
  const { collectionId } = repo.config;
  const entries: MetadataEntry[] = [['ostree.ref-binding', { type: 'as', value: refs }]];
  if (collectionId !== undefined) entries.push(['ostree.collection-binding', { type: 's', value: collectionId }]);
  return entries;
}

function sizesEntry(sizes: SizeLedger | undefined): MetadataEntry[] {
  return sizes === undefined ? [] : [['ostree.sizes', writeSizes(sizes.entries())]];
}
