import { setConfigFlag } from './config-flag.ts';
import type { Repo } from './repo.ts';

/** Has the config ask for a tombstone for each commit that is deleted, unless it does. */
export function enableTombstones(repo: Repo): void {
  if (!repo.config.tombstoneCommits) setConfigFlag(repo, 'tombstone-commits');
}
