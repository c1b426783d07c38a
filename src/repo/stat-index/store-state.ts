import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { fanOutNames } from '../list-objects.ts';
import type { Repo } from '../repo.ts';

export interface StoreState {
  /** 32 bytes. */
  readonly digest: Buffer;
  /** The newest ctime among the directories, in milliseconds since 1970. */
  readonly changedAtMilliseconds: number;
}

/**
 * Digests inode and times of the object directories, those of parent repositories too: whoever adds or removes an object
 * changes them. While they are what they were, every object that was there is there.
 */
export function storeState(repo: Repo): StoreState {
  const digest = createHash('sha256');
  let newest = 0n;
  for (const objects of repo.objectSource.objects) {
    for (const name of fanOutNames()) {
      const stat = statSync(`${objects}/${name}`, { throwIfNoEntry: false, bigint: true });
      digest.update(stat === undefined ? '-' : `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} `);
      if (stat !== undefined && stat.ctimeNs > newest) newest = stat.ctimeNs;
    }
  }
  return { digest: digest.digest(), changedAtMilliseconds: Number(newest) / 1e6 };
}
