import { fsyncPolicy } from '../fs/fsync-policy.ts';
import type { FsyncPolicy } from '../fs/fsync-policy.ts';
import { replaceFile } from '../fs/tmp-file.ts';
import { presencePath } from './presence.ts';
import type { Repo } from './repo.ts';

/** `replaceFile` for a file of the repository: what a kill leaves of it in `tmp/` goes with the next transaction. */
export function replaceRepoFile(
  repo: Repo,
  path: string,
  content: string | Uint8Array,
  fsync: FsyncPolicy = fsyncPolicy(repo.config.fsync),
): void {
  replaceFile(path, content, { temporary: presencePath(repo, 'file'), fsync });
}
