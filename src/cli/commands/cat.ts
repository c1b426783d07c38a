import { loadCommit, readContent } from '../../ops/read/index.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation } from '../command.ts';
import { openRepoFor } from '../session.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [rev, ...paths] = invocation.args;
  if (rev === undefined || paths.length === 0) throw usageError('A COMMIT and at least one PATH argument are required');
  const session = await openRepoFor(invocation);
  try {
    const { commit } = loadCommit(session.repo, resolveRev(session.repo, rev));
    for (const path of paths) {
      for await (const piece of readContent(session.repo, commit, path)) invocation.out(piece);
    }
    return 0;
  } finally {
    await session.close();
  }
}
