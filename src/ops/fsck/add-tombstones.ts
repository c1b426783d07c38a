import { readFileSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { parseKeyfile } from '../../format/keyfile.ts';
import { fsyncPolicy } from '../../fs/fsync-policy.ts';
import { replaceFile } from '../../fs/tmp-file.ts';
import { leaveTombstone } from '../../repo/commit-state.ts';
import { configPath, tmpPath } from '../../repo/layout.ts';
import type { Repo } from '../../repo/repo.ts';
import type { FsckRun } from './fsck-run.ts';

/** Leaves a tombstone for each of the commits, which are not in the repository, and has the config ask for more of them. */
export function addTombstones({ context, report }: FsckRun, commits: readonly Checksum[]): void {
  if (commits.length > 0) enableTombstones(context.repo);
  for (const commit of commits) {
    report({ kind: 'tombstone', commit });
    leaveTombstone(context.repo, commit);
  }
}

function enableTombstones(repo: Repo): void {
  if (repo.config.tombstoneCommits) return;
  const path = configPath(repo.path);
  const keyfile = parseKeyfile(readFileSync(path, 'utf8'));
  keyfile.set('core', 'tombstone-commits', 'true');
  replaceFile(path, keyfile.serialise(), { temporaryDirectory: tmpPath(repo.path), fsync: fsyncPolicy(repo.config.fsync) });
}
