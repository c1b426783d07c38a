/** The verb `du`: what each ref holds alone, and what it shares. */
import type { Checksum } from '../../base/checksum.ts';
import type { Commit } from '../../format/object/commit.ts';
import { readVerifiedCommits } from '../../repo/commit-reader.ts';
import { withRepoLock } from '../../repo/lock.ts';
import { ObjectTable } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { listRefs } from '../../repo/refs.ts';
import type { RefEntry } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';
import { Holdings } from './holdings.ts';
import type { Amount, Holding } from './holdings.ts';

export { Holdings } from './holdings.ts';
export type { Amount, Holding } from './holdings.ts';

export interface DuOptions {
  /** Parents that count as held by a ref. Default −1: its whole history. */
  readonly depth?: number | undefined;
}

export interface RefUsage extends Holding {
  readonly refspec: string;
  /** The collection of a mirrored ref, else undefined. */
  readonly collectionId: string | undefined;
  readonly checksum: Checksum;
  /** Commits of its history that are in the repository or a parent of it. */
  readonly commits: number;
}

export interface DuOutcome {
  /** Sorted by what they hold alone, the most first. Aliases are left out: they hold nothing themselves. */
  readonly refs: readonly RefUsage[];
  readonly repository: Amount;
  /** What several refs hold. */
  readonly shared: Amount;
  /** What no ref holds. */
  readonly unreferenced: Amount;
}

/**
 * Measures the loose objects of the repository by refs, in bytes of their files. Objects of parent repositories count
 * nothing, and so does a dirtree that is missing. Throws OBJECT_CORRUPT for a damaged commit or dirtree.
 */
export async function du(context: OperationContext, options: DuOptions = {}): Promise<DuOutcome> {
  const { repo, signal } = context;
  return withRepoLock(repo, 'shared', async () => measure(context, options), { signal });
}

async function measure(context: OperationContext, { depth = -1 }: DuOptions): Promise<DuOutcome> {
  const { repo } = context;
  const table = await ObjectTable.list(context, { sizes: true });
  const holdings = new Holdings(context, table);
  const found: Pick<RefUsage, 'refspec' | 'collectionId' | 'checksum' | 'commits'>[] = [];
  for (const { refspec, collectionId, checksum } of heldRefs(repo)) {
    if (checksum === undefined) continue;
    let commits = 0;
    await holdings.add(counting(history(repo, checksum, depth), () => (commits += 1)));
    found.push({ refspec, collectionId, checksum, commits });
    context.progress?.({ phase: 'du', filesDone: found.length, bytesDone: 0 });
  }
  const held = holdings.holdings();
  const refs = found.flatMap((ref, index): RefUsage[] => {
    const holding = held[index];
    return holding === undefined ? [] : [{ ...ref, ...holding }];
  });
  return {
    refs: refs.toSorted((a, b) => b.alone.bytes - a.alone.bytes),
    repository: { objects: table.size, bytes: table.sizesByOrdinal().reduce((sum, size) => sum + size, 0) },
    shared: holdings.shared(),
    unreferenced: holdings.unheld(),
  };
}

function heldRefs(repo: Repo): RefEntry[] {
  return [...listRefs(repo), ...listRefs(repo, { kind: 'mirrors' })].filter(({ alias }) => alias === undefined);
}

function* history(repo: Repo, start: Checksum, depth: number): Generator<readonly [Checksum, Commit]> {
  let next: Checksum | undefined = start;
  for (let left = depth; next !== undefined; left -= 1) {
    const [commit]: (Commit | undefined)[] = readVerifiedCommits(repo, [next]);
    if (commit === undefined) return;
    yield [next, commit];
    next = left === 0 ? undefined : commit.parent;
  }
}

function* counting<T>(items: Iterable<T>, count: () => void): Generator<T> {
  for (const item of items) {
    count();
    yield item;
  }
}
