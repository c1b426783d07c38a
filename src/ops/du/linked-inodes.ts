import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { CoppiceError } from '../../base/errors.ts';
import { packNames } from '../../base/name-list.ts';
import { isRegular } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { DirectoryListing } from '../../engine/engine.ts';
import { inodeOf } from '../../engine/inode-of.ts';
import { failureError } from '../../repo/failure-error.ts';
import { fanOutNames } from '../../repo/list-objects.ts';
import type { OperationContext } from '../../repo/operation-context.ts';

/**
 * The inodes of all objects, of parent repositories too, that have other links: a file that is none of them is no
 * object. Takes eight bytes for each, and thrice that while they are sorted; an object that is linked nowhere else takes none.
 */
export class LinkedInodes {
  /** By device, sorted. */
  readonly #inodes: ReadonlyMap<number, BigUint64Array>;

  private constructor(inodes: ReadonlyMap<number, BigUint64Array>) {
    this.#inodes = inodes;
  }

  /** Stats every object. */
  static async scan({ repo, signal }: OperationContext): Promise<LinkedInodes> {
    const parts = new Map<number, BigUint64Array[]>();
    for (const root of repo.objectSource.objects) {
      for (const prefix of fanOutNames()) {
        if (signal?.aborted === true) throw new CoppiceError('CANCELLED', 'listing objects cancelled');
        const { listings, failures: [failure] } = repo.engine.scan({ root, directories: packNames([prefix]), xattrs: false });
        if (failure !== undefined && failure.errno !== 'ENOENT') throw failureError(failure);
        for (const listing of listings) addLinked(parts, listing);
        await eventLoopTurn();
      }
    }
    return new LinkedInodes(new Map([...parts].map(([device, inodes]) => [device, joined(inodes).toSorted()])));
  }

  /** Whether entry `index` of `stats` is one of these objects. */
  has(stats: Float64Array, index: number): boolean {
    const inodes = this.#inodes.get(stats[index * STAT_FIELDS + STAT.device] ?? 0);
    return inodes !== undefined && includes(inodes, inodeOf(stats, index));
  }
}

function addLinked(parts: Map<number, BigUint64Array[]>, { stats }: DirectoryListing): void {
  const byDevice = new Map<number, bigint[]>();
  for (let index = 0; index * STAT_FIELDS < stats.length; index++) {
    const at = index * STAT_FIELDS;
    if (!isRegular(stats[at + STAT.mode] ?? 0) || (stats[at + STAT.links] ?? 0) < 2) continue;
    listAt(byDevice, stats[at + STAT.device] ?? 0).push(inodeOf(stats, index));
  }
  for (const [device, inodes] of byDevice) listAt(parts, device).push(BigUint64Array.from(inodes));
}

function listAt<T>(lists: Map<number, T[]>, key: number): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function joined(parts: readonly BigUint64Array[]): BigUint64Array {
  const all = new BigUint64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function includes(sorted: BigUint64Array, wanted: bigint): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0n) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}
