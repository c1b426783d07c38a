/** The verb `checkout`: a commit, or a path in it, becomes files; hardlinks wherever the repository mode allows. */
import { lstatSync, mkdirSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords, isCoppiceError } from '../../base/errors.ts';
import { randomHex } from '../../base/random-hex.ts';
import { rememberCheckout } from '../../repo/checkout-record.ts';
import { readCommitObject } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { resolveTreePath } from '../../repo/tree-path.ts';
import type { TreeNode } from '../../repo/tree-path.ts';
import type { Repo } from '../../repo/repo.ts';
import type { CheckoutOptions } from './checkout-options.ts';
import { checkoutWholeTree } from './checkout-tree.ts';
import type { TreeToPlace } from './checkout-tree.ts';
import { CheckoutWalk, isUniform } from './checkout-walk.ts';
import type { WalkSettings, WalkStats } from './checkout-walk.ts';
import { decideSettings } from './decide-settings.ts';
import { recordedFlags } from './update/recorded-flags.ts';

export type { CheckoutOptions };
export { updateCheckout } from './update/update-checkout.ts';
export type { UpdateEvent, UpdateOptions, UpdateOutcome } from './update/update-checkout.ts';

export interface CheckoutOutcome extends Readonly<WalkStats> {
  /** False when `allowNoent` met a subpath that is not there. */
  readonly found: boolean;
}

const DIRECTORY_MODE = 0o700;

/** Checks `commit` out at `destination`, a path whose parent exists. */
export async function checkoutTree(
  context: OperationContext,
  subject: { readonly commit: Checksum; readonly destination: string },
  options: CheckoutOptions = {},
): Promise<CheckoutOutcome> {
  const node = findNode(context.repo, subject.commit, options);
  if (node === undefined) return { found: false, ...NOTHING };
  if (options.skip?.has('/') === true) return { found: true, ...NOTHING };
  const settings = decideSettings(context.repo, subject.destination, options);
  if (node.kind === 'directory') {
    const created = makeRoot(subject.destination, settings.place.overwrite !== 'none');
    const stats = await checkoutDirectory(context, settings, { ...node, created });
    if (created && isWhole(options)) {
      rememberCheckout(context.repo, subject.destination, { commit: subject.commit, ...recordedFlags(options) });
    }
    return { found: true, ...stats };
  }
  makeRoot(subject.destination, true);
  const relabeling = settings.relabeling === undefined ? undefined : { ...settings.relabeling, isFile: true };
  const walk = new CheckoutWalk(context, { ...settings, relabeling });
  await walk.files([{ name: node.name, checksum: node.checksum }]);
  return { found: true, ...walk.stats };
}

/** By the engine alone where it can, else directory by directory. */
async function checkoutDirectory(context: OperationContext, settings: WalkSettings, tree: TreeToPlace): Promise<WalkStats> {
  const whole = isUniform(settings) ? await checkoutWholeTree(context, settings, tree) : undefined;
  if (whole !== undefined) return whole;
  const walk = new CheckoutWalk(context, tree.created ? withOwnRoot(settings) : settings);
  await walk.directory(tree.tree, tree.meta, tree.created);
  return walk.stats;
}

const OTHERS_ACCESS = 0o077n;

/** What is below a root that has just been made comes from this checkout alone, where nobody has put another directory there since. */
function withOwnRoot({ place, ...others }: WalkSettings): WalkSettings {
  const { dev, ino, uid, mode } = lstatSync(place.root, { bigint: true });
  const isOwn = place.overwrite === 'none' && Number(uid) === process.geteuid?.() && (mode & OTHERS_ACCESS) === 0n;
  return { ...others, place: { ...place, ownRoot: isOwn ? `${dev}:${ino}:${randomHex()}` : undefined } };
}

/** Whether the destination has all that the commit has, as it has it, and nothing else: an update can go on from there. */
function isWhole({ whiteouts, passthroughWhiteouts, skip, selinuxPolicy }: CheckoutOptions): boolean {
  return whiteouts !== true && passthroughWhiteouts !== true && skip === undefined && selinuxPolicy === undefined;
}

const NOTHING: WalkStats = { filesLinked: 0, filesCopied: 0, filesKept: 0, directoriesMade: 0, bytesCopied: 0 };

function findNode(repo: Repo, commit: Checksum, options: CheckoutOptions): TreeNode | undefined {
  try {
    return resolveTreePath(repo, readCommitObject(repo, commit), options.subpath ?? '/');
  } catch (error) {
    if (options.allowNoent === true && isCoppiceError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Makes the destination; true when it was not there. It is never reached through a symlink of that name. */
function makeRoot(path: string, mayExist: boolean): boolean {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE });
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'EEXIST' && mayExist && lstatSync(path).isDirectory()) return false;
    throw new CoppiceError('SYSTEM', `mkdirat(${path}): ${errnoWords(errno)}`, { facts: { path, errno, syscall: 'mkdirat' } });
  }
}
