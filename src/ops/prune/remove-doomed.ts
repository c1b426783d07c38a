import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { lstatSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { clearPartial, leaveTombstone, listPartialCommits } from '../../repo/commit-state.ts';
import { checksumOf, FLAG } from '../../repo/object-table.ts';
import type { ObjectTable, TableEntry } from '../../repo/object-table.ts';
import { objectPath } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import { isCounted, isLinkToKept, isOfDoomedCommit } from './doomed.ts';
import { Removal } from './removal.ts';
import type { Tally } from './removal.ts';

export interface DoomedOutcome extends Tally {
  readonly commits: number;
}

const ENTRIES_PER_TURN = 65_536;

/** Measures what nothing kept leads to. */
export async function measureDoomed(context: OperationContext, table: ObjectTable, commitOnly: boolean): Promise<DoomedOutcome> {
  let commits = 0;
  const tally = await pass(context, table, {
    unlink: false,
    wanted(entry) {
      const isWanted = isDoomed(entry, commitOnly);
      if (isWanted && entry.type === OBJECT_TYPE.commit) commits += 1;
      return isWanted;
    },
  });
  return { ...tally, commits };
}

/**
 * Removes what nothing kept leads to. Commits go first: at whatever moment the process dies, no commit is left whose
 * tree has lost something. A commit's signatures go before it, its marks after it.
 *
 * To be called under the exclusive lock.
 */
export async function removeDoomed(context: OperationContext, table: ObjectTable, commitOnly: boolean): Promise<DoomedOutcome> {
  const remove = async (wanted: (entry: TableEntry) => boolean): Promise<Tally> => pass(context, table, { unlink: true, wanted });
  await remove((entry) => isOfDoomedCommit(table, entry));
  const commits = await remove((entry) => entry.type === OBJECT_TYPE.commit && isDoomed(entry, commitOnly));
  settleCommits(context.repo, table);
  if (commitOnly) return { ...commits, commits: commits.objects };
  let keptLinkBytes = 0;
  const rest = await remove((entry) => {
    if (entry.type === OBJECT_TYPE.commit || !isDoomed(entry, false)) return false;
    if (entry.type !== OBJECT_TYPE.payloadLink || !isLinkToKept(context.repo, table, entry)) return true;
    keptLinkBytes += linkBytes(context.repo, checksumOf(entry));
    return false;
  });
  return {
    objects: commits.objects + rest.objects,
    bytes: commits.bytes + rest.bytes + keptLinkBytes,
    commits: commits.objects,
  };
}

interface Pass {
  readonly unlink: boolean;
  readonly wanted: (entry: TableEntry) => boolean;
}

async function pass(context: OperationContext, table: ObjectTable, { unlink, wanted }: Pass): Promise<Tally> {
  const removal = new Removal(context, unlink);
  for (const entry of table.entries()) {
    if (wanted(entry)) removal.add(entry);
    if (removal.isFull) await removal.send();
    if (entry.ordinal % ENTRIES_PER_TURN === 0) await eventLoopTurn();
  }
  return removal.finish();
}

function isDoomed({ type, flags }: TableEntry, commitOnly: boolean): boolean {
  return (flags & FLAG.reachable) === 0 && isCounted(type, commitOnly);
}

/** Marks of partial commits go with them; tombstones come where the config wants them. */
function settleCommits(repo: Repo, table: ObjectTable): void {
  const partial = new Set(listPartialCommits(repo));
  if (partial.size === 0 && !repo.config.tombstoneCommits) return;
  for (const entry of table.entries()) {
    if (entry.type !== OBJECT_TYPE.commit || (entry.flags & FLAG.reachable) !== 0) continue;
    const commit = checksumOf(entry);
    if (partial.has(commit)) clearPartial(repo, commit);
    if (repo.config.tombstoneCommits) leaveTombstone(repo, commit);
  }
}

function linkBytes(repo: Repo, checksum: Checksum): number {
  return lstatSync(objectPath(repo, OBJECT_TYPE.payloadLink, checksum), { throwIfNoEntry: false })?.size ?? 0;
}
