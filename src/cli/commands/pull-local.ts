import { resolve } from 'node:path';
import { parseRemoteName } from '../../format/ref-name.ts';
import { pullLocal } from '../../ops/pull-local/index.ts';
import type { PullLocalOptions, PullLocalOutcome } from '../../ops/pull-local/index.ts';
import { Repo } from '../../repo/repo.ts';
import type { Invocation } from '../command.ts';
import { openRepoFor } from '../session.ts';
import { byteAmount } from '../ui/byte-amount.ts';
import { reportLine } from '../ui/report-line.ts';
import { badUsage, usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [path, ...refs] = invocation.args;
  if (path === undefined) throw usageError('DESTINATION must be specified');
  refuseWhatCannotBe(invocation);
  const session = await openRepoFor(invocation);
  try {
    const source = Repo.open(resolve(invocation.env.workingDirectory, path), session.engine, session.repo.options);
    const outcome = await pullLocal(session, source, { refs, ...readOptions(invocation) });
    report(invocation, outcome);
    return 0;
  } finally {
    await session.close();
  }
}

function readOptions({ options, warn }: Invocation): PullLocalOptions {
  const remote = options.string('remote');
  return {
    remote: remote === undefined ? undefined : parseRemoteName(remote),
    depth: options.integer('depth'),
    untrusted: options.flag('untrusted'),
    bareUserOnlyFiles: options.flag('bareuseronly-files'),
    commitMetadataOnly: options.flag('commit-metadata-only'),
    verifyBindings: !options.flag('disable-verify-bindings'),
    fsync: options.flag('disable-fsync') ? false : undefined,
    notice: warn,
  };
}

/** Signatures and static deltas of a repository on this machine. */
function refuseWhatCannotBe({ options }: Invocation): void {
  const wantsGpg = options.flag('gpg-verify') || options.flag('gpg-verify-summary');
  if (wantsGpg && options.string('remote') === undefined) throw badUsage('Must specify remote name to enable gpg verification');
  if (wantsGpg) throw badUsage('pull-local cannot verify GPG signatures yet');
  if (options.flag('require-static-deltas')) throw badUsage('pull-local does not use static deltas');
}

function report({ settings, out }: Invocation, outcome: PullLocalOutcome): void {
  if (settings.json) {
    out(reportLine(outcome));
    return;
  }
  const { metadataImported, contentImported, contentBytesWritten } = outcome;
  out(`${metadataImported} metadata, ${contentImported} content objects imported; ${byteAmount(contentBytesWritten)} content written\n`);
}
