import { readFileSync } from 'node:fs';
import { parseKeyfile } from '../format/keyfile.ts';
import { fsyncPolicy } from '../fs/fsync-policy.ts';
import { replaceFile } from '../fs/tmp-file.ts';
import { configPath, tmpPath } from './layout.ts';
import type { Repo } from './repo.ts';

/** Has the config ask for a tombstone for each commit that is deleted, unless it does. */
export function enableTombstones(repo: Repo): void {
  if (repo.config.tombstoneCommits) return;
  const path = configPath(repo.path);
  const keyfile = parseKeyfile(readFileSync(path, 'utf8'));
  keyfile.set('core', 'tombstone-commits', 'true');
  replaceFile(path, keyfile.serialise(), { temporaryDirectory: tmpPath(repo.path), fsync: fsyncPolicy(repo.config.fsync) });
}
