/** What `gc --estimate` tells: what `prune` would free, by commit. `gc` itself is `prune` by refs. */
import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { readVerifiedCommits } from '../../repo/commit-reader.ts';
import { withRepoLock } from '../../repo/lock.ts';
import { checksumOf, FLAG } from '../../repo/object-table.ts';
import type { ObjectTable, TableEntry } from '../../repo/object-table.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import { Holdings } from '../du/index.ts';
import type { Amount, Holding } from '../du/index.ts';
import { computeReachability, isLinkToKept } from '../prune/index.ts';
import type { KnownRef, PruneOptions } from '../prune/index.ts';

/** A commit that would go. */
export interface DoomedCommit extends Holding {
  readonly checksum: Checksum;
  readonly subject: string;
  readonly timestampSeconds: bigint;
  /** A ref in whose history it stands; undefined for a commit that no ref leads to. */
  readonly refspec: string | undefined;
}

export interface EstimateOutcome {
  readonly objectsTotal: number;
  /** All that would go, detached metadata included. */
  readonly freed: Amount;
  /** Newest first. `alone` is what only this one of them holds, `total` what no kept commit holds. */
  readonly commits: readonly DoomedCommit[];
  /** What several of these commits hold. */
  readonly shared: Amount;
  /** Objects that no commit leads to. */
  readonly orphans: Amount;
}

/**
 * Tells what `prune` with the same options would free, and by which commits; changes nothing. Refs alone say what is
 * kept. Tombstones are never counted.
 */
export async function estimate(context: OperationContext, options: Omit<PruneOptions, 'noPrune' | 'deleteCommit'> = {}): Promise<EstimateOutcome> {
  const { repo, signal } = context;
  return withRepoLock(repo, 'shared', async () => measure(context, { ...options, refsOnly: true }), { signal });
}

async function measure(context: OperationContext, options: PruneOptions): Promise<EstimateOutcome> {
  const { table, refs } = await computeReachability(context, options, { sizes: true });
  markKeptExtras(context.repo, table);
  const holdings = new Holdings(context, table, FLAG.reachable);
  const doomed = readDoomed(context, table, refsByCommit(context, refs));
  for (const { checksum, commit } of doomed) await holdings.add([[checksum, commit]]);
  const held = holdings.holdings();
  const commits = doomed.flatMap(({ checksum, commit, refspec }, index): DoomedCommit[] => {
    const holding = held[index];
    const { subject, timestampSeconds } = commit;
    return holding === undefined ? [] : [{ checksum, subject, timestampSeconds, refspec, ...holding }];
  });
  const [shared, orphans] = [holdings.shared(), holdings.unheld()];
  const alone = commits.map((commit) => commit.alone);
  const freed = [shared, orphans, ...alone].reduce((sum, { objects, bytes }) => ({ objects: sum.objects + objects, bytes: sum.bytes + bytes }));
  return { objectsTotal: table.size, freed, commits, shared, orphans };
}

/** Tombstones stay, and so do the detached metadata of commits that are kept or not there, and payload links to what is kept. */
function markKeptExtras(repo: Repo, table: ObjectTable): void {
  for (const entry of table.entries()) {
    if (isKeptExtra(repo, table, entry)) table.flag(FLAG.reachable, entry.type, entry.records, entry.at);
  }
}

function isKeptExtra(repo: Repo, table: ObjectTable, entry: TableEntry): boolean {
  const { type, records, at } = entry;
  if (type === OBJECT_TYPE.payloadLink) return isLinkToKept(repo, table, entry);
  if (type !== OBJECT_TYPE.commitmeta) return type === OBJECT_TYPE.tombstoneCommit;
  return table.find(OBJECT_TYPE.commit, records, at) < 0 || table.hasFlag(FLAG.reachable, OBJECT_TYPE.commit, records, at);
}

interface ReadCommit {
  readonly checksum: Checksum;
  readonly commit: NonNullable<ReturnType<typeof readVerifiedCommits>[number]>;
  readonly refspec: string | undefined;
}

function readDoomed({ repo }: OperationContext, table: ObjectTable, refOf: ReadonlyMap<Checksum, string>): ReadCommit[] {
  const checksums: Checksum[] = [];
  for (const entry of table.entries()) {
    if (entry.type === OBJECT_TYPE.commit && (entry.flags & FLAG.reachable) === 0) checksums.push(checksumOf(entry));
  }
  const read = readVerifiedCommits(repo, checksums).flatMap((commit, index): ReadCommit[] => {
    const checksum = checksums[index];
    return commit === undefined || checksum === undefined ? [] : [{ checksum, commit, refspec: refOf.get(checksum) }];
  });
  return read.toSorted((a, b) => Number(b.commit.timestampSeconds - a.commit.timestampSeconds));
}

/** The first ref in whose history each commit stands; a history that another ref has told is not walked again. */
function refsByCommit({ repo }: OperationContext, refs: readonly KnownRef[]): Map<Checksum, string> {
  const found = new Map<Checksum, string>();
  for (const { refspec, checksum } of refs) {
    for (let next: Checksum | undefined = checksum; next !== undefined && !found.has(next); ) {
      found.set(next, refspec);
      next = readVerifiedCommits(repo, [next])[0]?.parent;
    }
  }
  return found;
}
