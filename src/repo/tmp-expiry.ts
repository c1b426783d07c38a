import { existsSync, lstatSync } from 'node:fs';
import { readDirectory } from '../fs/read-dir.ts';
import { CACHE_NAME, tmpPath } from './layout.ts';
import { isLivePresence } from './presence.ts';
import { removeLeftover } from './remove-leftover.ts';
import type { Repo } from './repo.ts';

/** libostree's staging directories, each with a lock file beside it that a running transaction holds locked. */
const FOREIGN_STAGING = /^staging-/;
const LOCK_SUFFIX = '-lock';

/** Removes what is older than `tmp-expiry-secs` from `tmp/`, but not the cache nor what running transactions need. */
export function expireTmp(repo: Repo): void {
  const tmp = tmpPath(repo.path);
  const oldest = Date.now() - repo.config.tmpExpirySecs * 1000;
  for (const { name } of readDirectory(tmp)) {
    const stat = lstatSync(`${tmp}/${name}`, { throwIfNoEntry: false });
    if (name === CACHE_NAME || stat === undefined || stat.mtimeMs >= oldest) continue;
    if (isLivePresence(repo, name) || isForeignStagingInUse(repo, name)) continue;
    removeLeftover(`${tmp}/${name}`);
  }
}

/** Without record locks we cannot tell, and leave it to libostree. */
function isForeignStagingInUse(repo: Repo, name: string): boolean {
  if (!FOREIGN_STAGING.test(name)) return false;
  if (!repo.engine.capabilities.recordLocks) return true;
  const lock = `${tmpPath(repo.path)}/${name.endsWith(LOCK_SUFFIX) ? name : name + LOCK_SUFFIX}`;
  if (!existsSync(lock)) return false;
  const handle = repo.engine.tryLock(lock, 'exclusive');
  if (handle === undefined) return true;
  repo.engine.unlock(handle);
  return false;
}
