import { estimate } from '../../ops/gc/index.ts';
import type { EstimateOutcome } from '../../ops/gc/index.ts';
import { prune } from '../../ops/prune/index.ts';
import type { PruneOptions } from '../../ops/prune/index.ts';
import { readBranchDepths } from '../branch-depths.ts';
import type { Invocation } from '../command.ts';
import { parseDate } from '../parse-date.ts';
import { openRepoFor } from '../session.ts';
import { byteAmount } from '../ui/byte-amount.ts';
import { estimateText } from '../ui/gc-text.ts';
import { reportLine } from '../ui/report-line.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, settings, out } = invocation;
  const session = await openRepoFor(invocation);
  try {
    const rules = readRules(invocation);
    if (options.flag('estimate')) {
      const outcome = await estimate(session, rules);
      out(settings.json ? reportLine(estimateJson(outcome)) : estimateText(outcome));
      return 0;
    }
    const { deletedCommit: _never, ...outcome } = await prune(session, rules);
    if (settings.json) out(reportLine(outcome));
    else out(`Freed ${byteAmount(outcome.bytesFreed)}: ${outcome.objectsPruned} of ${outcome.objectsTotal} objects, ${outcome.commitsPruned} commits\n`);
    return 0;
  } finally {
    await session.close();
  }
}

function readRules({ options, warn }: Invocation): PruneOptions {
  const date = options.string('keep-younger-than');
  return {
    refsOnly: true,
    depth: options.integer('depth'),
    keepYoungerThanSeconds: date === undefined ? undefined : parseDate(date),
    onlyBranches: options.strings('only-branch'),
    retainBranchDepth: readBranchDepths(options.strings('retain-branch-depth')),
    notice: warn,
  };
}

/** Seconds that JSON cannot hold exactly stand as a string. */
function estimateJson(outcome: EstimateOutcome): Readonly<Record<string, unknown>> {
  const commits = outcome.commits.map(({ timestampSeconds, refspec, ...rest }) => {
    const seconds = Number(timestampSeconds);
    return { ...rest, refspec: refspec ?? null, timestampSeconds: Number.isSafeInteger(seconds) ? seconds : timestampSeconds.toString() };
  });
  return { ...outcome, commits };
}
