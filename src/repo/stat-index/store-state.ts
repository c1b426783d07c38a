import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { objectsPath } from '../layout.ts';
import { fanOutNames } from '../list-objects.ts';
import type { Repo } from '../repo.ts';

/**
 * A digest (32 bytes) of inode and times of the object directories: whoever adds or removes an object changes it. While
 * it is what it was, every object that was there is there.
 */
export function storeState(repo: Repo): Buffer {
  const digest = createHash('sha256');
  for (const name of fanOutNames()) {
    const stat = statSync(`${objectsPath(repo.path)}/${name}`, { throwIfNoEntry: false, bigint: true });
    digest.update(stat === undefined ? '-' : `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} `);
  }
  return digest.digest();
}
