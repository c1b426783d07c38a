import { CoppiceError } from '../../base/errors.ts';
import { listRefs, writeRef } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import { renewSummaryOf } from '../auto-summary.ts';
import type { Invocation } from '../command.ts';
import { openRepoLightly } from '../session.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [ref, rev] = invocation.args;
  const repo = await openRepoLightly(invocation);
  if (ref === undefined || rev === undefined) throw usageError('A REF and COMMIT argument is required');
  assertRef(repo, ref);
  writeRef(repo, ref, resolveRev(repo, rev));
  await renewSummaryOf(invocation, repo);
  return 0;
}

/** Only a ref that exists is moved; what else resolves to a commit is no ref. */
function assertRef(repo: Repo, ref: string): void {
  if (listRefs(repo, { prefix: ref }).some(({ refspec }) => refspec === ref)) return;
  throw new CoppiceError('REF_NOT_FOUND', `Invalid ref '${ref}'`, { facts: { ref } });
}
