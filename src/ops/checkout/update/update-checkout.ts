import { realpathSync } from 'node:fs';
import type { Checksum } from '../../../base/checksum.ts';
import { CoppiceError, fromNodeError } from '../../../base/errors.ts';
import type { RelativePath } from '../../../base/relative-path.ts';
import { readCheckoutRecord, rememberCheckout, writeCheckoutRecord } from '../../../repo/checkout-record.ts';
import type { CheckoutRecord } from '../../../repo/checkout-record.ts';
import { readCommitObject } from '../../../repo/object-reader.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import type { Repo } from '../../../repo/repo.ts';
import { resolveTreePath } from '../../../repo/tree-path.ts';
import type { CheckoutOptions } from '../checkout-options.ts';
import type { WalkSettings } from '../checkout-walk.ts';
import { decideSettings } from '../decide-settings.ts';
import { Destination } from './destination.ts';
import type { TreeDirectory } from './entry-changes.ts';
import { LocalChanges } from './local-changes.ts';
import { keptFlags, recordedFlags } from './recorded-flags.ts';
import type { RecordedFlags } from './recorded-flags.ts';
import { UpdateWalk } from './update-walk.ts';
import type { UpdateStats } from './update-walk.ts';

/** What the update met in the checkout that neither commit has. `kept`: a directory that stays because of it. */
export interface UpdateEvent {
  readonly kind: 'modified' | 'untracked' | 'kept';
  /** Relative to the destination. */
  readonly path: RelativePath;
}

export interface UpdateOptions
  extends Pick<CheckoutOptions, 'userMode' | 'requireHardlinks' | 'forceCopy' | 'subpath' | 'bareUserOnlyDirectories' | 'disableCache' | 'fsync'> {
  /** The commit that the destination has now; default what the repository remembers of the checkout. */
  readonly from?: Checksum | undefined;
  /** Overwrites local changes to what the update changes. */
  readonly force?: boolean | undefined;
  readonly onEvent?: ((event: UpdateEvent) => void) | undefined;
}

export interface UpdateOutcome extends Readonly<UpdateStats> {
  /** The commit that the destination had. */
  readonly from: Checksum;
}

/** One update, all decided. */
interface Plan {
  readonly destination: string;
  readonly flags: RecordedFlags;
  readonly settings: WalkSettings;
  /** There is a record, and it must not tell the wrong commit. */
  readonly mustRecord: boolean;
  /** An update may have been killed here: its scratch files are removed. */
  readonly resumes: boolean;
}

/**
 * Turns a checkout of one commit into one of another and touches only what differs. What an update leaves when it is
 * cut short the next one takes up. Throws LOCAL_CHANGES, with nothing touched, when it would overwrite what somebody
 * changed; each such path was told to `onEvent`.
 */
export async function updateCheckout(
  context: OperationContext,
  subject: { readonly commit: Checksum; readonly destination: string },
  options: UpdateOptions = {},
): Promise<UpdateOutcome> {
  const destination = realDirectory(subject.destination);
  const record = readCheckoutRecord(context.repo, destination);
  const { from, pending, flags } = startingPoint(record, subject.destination, options);
  const settings = decideSettings(context.repo, destination, { ...flags, fsync: options.fsync, overwrite: 'union' });
  const plan: Plan = { destination, flags, settings, mustRecord: record !== undefined, resumes: pending !== undefined || options.from !== undefined };
  if (pending !== undefined && pending !== subject.commit) {
    await step(context, plan, { from, to: pending }, options);
    return step(context, plan, { from: pending, to: subject.commit }, options);
  }
  return step(context, plan, { from, to: subject.commit }, options);
}

function realDirectory(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

interface StartingPoint {
  readonly from: Checksum;
  /** What an update that did not end was about to make of it. */
  readonly pending: Checksum | undefined;
  readonly flags: RecordedFlags;
}

function startingPoint(record: CheckoutRecord | undefined, destination: string, options: UpdateOptions): StartingPoint {
  if (options.from !== undefined) return { from: options.from, pending: undefined, flags: recordedFlags(options) };
  if (record !== undefined) return { from: record.commit, pending: record.pending, flags: keptFlags(record, options) };
  throw new CoppiceError('USAGE', `the repository does not know which commit "${destination}" is a checkout of`, {
    facts: { path: destination },
    hint: 'name it with --update-from=COMMIT, and give the flags that the checkout was made with',
  });
}

interface Step {
  readonly from: Checksum;
  readonly to: Checksum;
}

async function step(context: OperationContext, plan: Plan, { from, to }: Step, options: UpdateOptions): Promise<UpdateOutcome> {
  const destination = new Destination(plan.destination);
  try {
    const before = treeOf(context.repo, from, plan.flags.subpath);
    const after = treeOf(context.repo, to, plan.flags.subpath);
    if (options.force !== true) await refuseLocalChanges(context, { plan, destination, before, after }, options);
    beginStep(context.repo, plan, { from, to });
    const onKept = (path: RelativePath): void => options.onEvent?.({ kind: 'kept', path });
    const { settings, resumes } = plan;
    const walk = new UpdateWalk(context, { walk: settings, destination, force: options.force === true, onKept, resumes });
    await walk.run(before, after);
    rememberCheckout(context.repo, plan.destination, { commit: to, ...plan.flags });
    return { from, ...walk.stats };
  } finally {
    destination.close();
  }
}

/** The directory that is checked out, of a commit. Throws PATH_NOT_FOUND, or USAGE where the path is a file. */
function treeOf(repo: Repo, commit: Checksum, subpath = '/'): TreeDirectory {
  const node = resolveTreePath(repo, readCommitObject(repo, commit), subpath);
  if (node.kind === 'directory') return node;
  throw new CoppiceError('USAGE', `"${subpath}" is a file in commit ${commit}: only directories are updated`, { facts: { path: subpath } });
}

interface Comparison {
  readonly plan: Plan;
  readonly destination: Destination;
  readonly before: TreeDirectory;
  readonly after: TreeDirectory;
}

async function refuseLocalChanges(context: OperationContext, comparison: Comparison, { onEvent }: UpdateOptions): Promise<void> {
  const { plan, destination, before, after } = comparison;
  const changes = new LocalChanges(context, destination, plan.settings.place, (change) => onEvent?.(change));
  const count = await changes.find(before, after);
  if (count === 0) return;
  const what = count === 1 ? 'a local change' : `${count} local changes`;
  throw new CoppiceError('LOCAL_CHANGES', `the update would overwrite ${what} in "${plan.destination}"; nothing was touched`, {
    facts: { path: plan.destination, count },
    hint: 'move them away, or overwrite them with --force',
  });
}

/** Before the first change: a record that cannot be kept true stops the update. */
function beginStep(repo: Repo, { destination, flags, mustRecord }: Plan, { from, to }: Step): void {
  const record: CheckoutRecord = { commit: from, pending: to, ...flags };
  if (mustRecord) writeCheckoutRecord(repo, destination, record);
  else rememberCheckout(repo, destination, record);
}
