import { prune } from '../../ops/prune/index.ts';
import type { PruneOptions, PruneOutcome } from '../../ops/prune/index.ts';
import { readBranchDepths } from '../branch-depths.ts';
import type { Invocation } from '../command.ts';
import { parseDate } from '../parse-date.ts';
import { openRepoFor } from '../session.ts';
import { byteAmount } from '../ui/byte-amount.ts';
import { reportLine } from '../ui/report-line.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (options.string('delete-commit') !== undefined && options.flag('no-prune')) {
    throw usageError('Cannot specify both --delete-commit and --no-prune');
  }
  const session = await openRepoFor(invocation);
  try {
    conclude(invocation, await prune(session, readOptions(invocation)));
    return 0;
  } finally {
    await session.close();
  }
}

function readOptions({ options, warn }: Invocation): PruneOptions {
  const date = options.string('keep-younger-than');
  return {
    refsOnly: options.flag('refs-only'),
    depth: options.integer('depth'),
    keepYoungerThanSeconds: date === undefined ? undefined : parseDate(date),
    onlyBranches: options.strings('only-branch'),
    retainBranchDepth: readBranchDepths(options.strings('retain-branch-depth')),
    commitOnly: options.flag('commit-only'),
    noPrune: options.flag('no-prune'),
    deleteCommit: options.string('delete-commit'),
    staticDeltasOnly: options.flag('static-deltas-only'),
    notice: warn,
  };
}

function conclude({ options, settings, out }: Invocation, outcome: PruneOutcome): void {
  if (settings.json) {
    out(reportLine({ noPrune: options.flag('no-prune'), ...outcome, deletedCommit: outcome.deletedCommit ?? null }));
    return;
  }
  const { objectsTotal, objectsPruned, bytesFreed } = outcome;
  out(`Total ${options.flag('commit-only') ? '(commit only) ' : ''}objects: ${objectsTotal}\n`);
  if (objectsPruned === 0) out('No unreachable objects\n');
  else if (options.flag('no-prune')) out(`Would delete: ${objectsPruned} objects, freeing ${byteAmount(bytesFreed)}\n`);
  else out(`Deleted ${objectsPruned} objects, ${byteAmount(bytesFreed)} freed\n`);
}
