import type { Checksum } from '../../base/checksum.ts';
import { leaveTombstone } from '../../repo/commit-state.ts';
import type { FsckRun } from './fsck-run.ts';
import { enableTombstones } from '../../repo/enable-tombstones.ts';

/** Leaves a tombstone for each of the commits, which are not in the repository, and has the config ask for more of them. */
export function addTombstones({ context, report }: FsckRun, commits: readonly Checksum[]): void {
  if (commits.length > 0) enableTombstones(context.repo);
  for (const commit of commits) {
    report({ kind: 'tombstone', commit });
    leaveTombstone(context.repo, commit);
  }
}
