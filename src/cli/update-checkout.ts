/** `checkout --update`: what the line asks of an update, and what is printed about it. */
import { updateCheckout } from '../ops/checkout/index.ts';
import type { UpdateEvent } from '../ops/checkout/index.ts';
import { isCoppiceError } from '../base/errors.ts';
import { resolveRev } from '../repo/resolve-rev.ts';
import type { Invocation, ParsedOptions } from './command.ts';
import { parseBoolean } from './parse-boolean.ts';
import { openRepoFor } from './session.ts';
import type { Session } from './session.ts';
import { reportLine } from './ui/report-line.ts';
import { badUsage, usageError } from './usage-error.ts';

/** Options of a checkout that layers, filters or lists; an update knows one commit and all of it. */
const NOT_WITH_UPDATE = [
  'union', 'union-add', 'union-identical', 'whiteouts', 'process-passthrough-whiteouts', 'allow-noent', 'from-stdin', 'from-file', 'skip-list',
  'selinux-policy', 'selinux-prefix',
];

/** What a line of the report begins with. */
const WORDS: Readonly<Record<UpdateEvent['kind'], string>> = {
  modified: 'changed locally',
  untracked: 'in the way',
  kept: 'kept, not empty',
};

/** Whether the line asks for an update; throws USAGE for `--force` without one. */
export function wantsUpdate(options: ParsedOptions): boolean {
  if (options.flag('update') || options.string('update-from') !== undefined) return true;
  if (options.flag('force')) throw badUsage('--force requires --update');
  return false;
}

export async function runUpdate(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const contrary = options.ordered.find(({ long }) => NOT_WITH_UPDATE.includes(long));
  if (contrary !== undefined) throw badUsage(`Cannot specify both --update and --${contrary.long}`);
  if (options.flag('require-hardlinks') && options.flag('force-copy')) {
    throw badUsage('Cannot specify both --require-hardlinks and --force-copy');
  }
  const [rev, destination] = invocation.args;
  if (rev === undefined) throw usageError('COMMIT must be specified');
  if (destination === undefined) throw usageError('DESTINATION must be specified with --update');
  const session = await openRepoFor(invocation);
  try {
    await update(invocation, session, { rev, destination });
    return 0;
  } finally {
    await session.close();
  }
}

interface Subject {
  readonly rev: string;
  readonly destination: string;
}

async function update(invocation: Invocation, session: Session, { rev, destination }: Subject): Promise<void> {
  const commit = resolveRev(session.repo, rev);
  const events: UpdateEvent[] = [];
  const { json } = invocation.settings;
  const onEvent = (event: UpdateEvent): void => {
    if (json) events.push(event);
    else invocation.warn(`${WORDS[event.kind]}: ${event.path}`);
  };
  const print = (answer: object): void => {
    if (json) invocation.out(reportLine({ commit, destination, ...answer, paths: events }));
  };
  try {
    print(await updateCheckout(session, { commit, destination }, { ...updateOptions(invocation, session), onEvent }));
  } catch (error) {
    if (isCoppiceError(error, 'LOCAL_CHANGES')) print({ updated: false });
    throw error;
  }
}

function updateOptions({ options }: Invocation, session: Session): Parameters<typeof updateCheckout>[2] {
  const from = options.string('update-from');
  const policy = options.string('fsync');
  return {
    userMode: options.flag('user-mode'),
    requireHardlinks: options.flag('require-hardlinks'),
    forceCopy: options.flag('force-copy'),
    bareUserOnlyDirectories: options.flag('bareuseronly-dirs'),
    disableCache: options.flag('disable-cache'),
    subpath: options.string('subpath'),
    fsync: policy !== undefined && parseBoolean(policy),
    from: from === undefined ? undefined : resolveRev(session.repo, from),
    force: options.flag('force'),
  };
}
