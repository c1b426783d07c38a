import { loadCommit, readContent } from '../../ops/read/index.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation } from '../command.ts';
import { withReadRepo } from '../read-repository.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [rev, ...paths] = invocation.args;
  if (rev === undefined || paths.length === 0) throw usageError('A COMMIT and at least one PATH argument are required');
  return withReadRepo(invocation, () => 'content', async (repo) => {
    const { commit } = loadCommit(repo, resolveRev(repo, rev));
    for (const path of paths) {
      for await (const piece of readContent(repo, commit, path)) invocation.out(piece);
    }
  });
}
