/** The verb `checkout`: a commit, or a path in it, becomes files; hardlinks wherever the repository mode allows. */
import { lstatSync, mkdirSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords, fromNodeError, isCoppiceError } from '../../base/errors.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import { readCommitObject } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { resolveTreePath } from '../../repo/tree-path.ts';
import type { TreeNode } from '../../repo/tree-path.ts';
import { uncompressedCachePath } from '../../repo/layout.ts';
import type { Repo } from '../../repo/repo.ts';
import { CheckoutWalk } from './checkout-walk.ts';
import type { WalkSettings, WalkStats } from './checkout-walk.ts';
import { linkPolicy } from './link-policy.ts';

export interface CheckoutOptions {
  /** `-U`: leaves owners and xattrs alone. */
  readonly userMode?: boolean | undefined;
  /** `-H` */
  readonly requireHardlinks?: boolean | undefined;
  /** `-C` */
  readonly forceCopy?: boolean | undefined;
  /** What happens to files that are there: error (default), replace, keep, or error unless identical. */
  readonly overwrite?: 'none' | 'union' | 'add' | 'identical' | undefined;
  /** Path in the commit; default the whole tree. */
  readonly subpath?: string | undefined;
  /** A subpath that is not there is no error. */
  readonly allowNoent?: boolean | undefined;
  readonly whiteouts?: boolean | undefined;
  readonly passthroughWhiteouts?: boolean | undefined;
  /** `-M`: masks directory permissions with 0775. */
  readonly bareUserOnlyDirectories?: boolean | undefined;
  readonly disableCache?: boolean | undefined;
  /** Never hardlinks empty files. libostree 2022.7 never does; the default follows it. */
  readonly forceCopyZerosized?: boolean | undefined;
  readonly skip?: ReadonlySet<string> | undefined;
  readonly fsync?: boolean | undefined;
}

export interface CheckoutOutcome extends Readonly<WalkStats> {
  /** False when `allowNoent` met a subpath that is not there. */
  readonly found: boolean;
}

const DIRECTORY_MODE = 0o700;
const BARE_USER_ONLY_PERMISSIONS = 0o775;

/** Checks `commit` out at `destination`, a path whose parent exists. */
export async function checkoutTree(
  context: OperationContext,
  subject: { readonly commit: Checksum; readonly destination: string },
  options: CheckoutOptions = {},
): Promise<CheckoutOutcome> {
  const node = findNode(context.repo, subject.commit, options);
  if (node === undefined) return { found: false, ...NOTHING };
  const settings = decide(context.repo, subject.destination, options);
  const walk = new CheckoutWalk(context, settings);
  if (node.kind === 'directory') {
    const created = makeRoot(subject.destination, settings.place.overwrite !== 'none');
    await walk.directory(node.tree, node.meta, created);
  } else {
    makeRoot(subject.destination, true);
    await walk.files([{ name: node.name, checksum: node.checksum }]);
  }
  return { found: true, ...walk.stats };
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

function decide(repo: Repo, destination: string, options: CheckoutOptions): WalkSettings {
  const userMode = options.userMode === true;
  const forceCopy = options.forceCopy === true;
  const policy = linkPolicy(repo.mode, { userMode, forceCopy, requireHardlinks: options.requireHardlinks === true });
  const usesCache = repo.mode === 'archive' && userMode && isPlain(options) && repo.config.enableUncompressedCache;
  return {
    place: {
      source: repo.objectSource,
      root: destination,
      userMode,
      link: usesCache ? 'try' : policy,
      overwrite: options.overwrite ?? 'none',
      copyZeroSized: true,
      syncEach: options.fsync === true,
      cache: usesCache ? makeCache(repo) : '',
    },
    skip: options.skip ?? new Set(),
    whiteouts: options.whiteouts === true,
    passthrough: options.passthroughWhiteouts === true,
    directoryPermissions: options.bareUserOnlyDirectories === true ? BARE_USER_ONLY_PERMISSIONS : PERMISSION_BITS,
    resetMtime: !forceCopy,
  };
}

/** The checkouts for which libostree uses its cache of uncompressed objects. */
function isPlain(options: CheckoutOptions): boolean {
  const { forceCopy, disableCache, whiteouts, passthroughWhiteouts, requireHardlinks, bareUserOnlyDirectories } = options;
  const flags = [forceCopy, disableCache, whiteouts, passthroughWhiteouts, requireHardlinks, bareUserOnlyDirectories];
  const replaces = options.overwrite === 'add' || options.overwrite === 'identical';
  return !flags.includes(true) && !replaces && options.skip === undefined;
}

function makeCache(repo: Repo): string {
  const path = uncompressedCachePath(repo.path);
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw fromNodeError(error, path);
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
