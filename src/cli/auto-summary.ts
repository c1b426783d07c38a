import { renewSummary } from '../ops/summary/index.ts';
import type { Repo } from '../repo/repo.ts';
import type { Invocation } from './command.ts';
import { openRepoFor } from './session.ts';

/** After a verb that needs no engine has changed refs: renews the summary where the config wants that, which needs one. */
export async function renewSummaryOf(invocation: Invocation, { config }: Repo): Promise<void> {
  if (!config.autoUpdateSummary) return;
  const session = await openRepoFor(invocation);
  try {
    await renewSummary(session);
  } finally {
    await session.close();
  }
}
