import { mkdirSync } from 'node:fs';
import { fromNodeError } from '../../base/errors.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import { openSelinuxPolicy } from '../../fs/selinux-policy.ts';
import { uncompressedCachePath } from '../../repo/layout.ts';
import type { Repo } from '../../repo/repo.ts';
import type { CheckoutOptions } from './checkout-options.ts';
import type { WalkSettings } from './checkout-walk.ts';
import { linkPolicy } from './link-policy.ts';
import type { Relabeling } from './relabeler.ts';

const BARE_USER_ONLY_PERMISSIONS = 0o775;

/** Turns the options into the settings of one walk; refuses those that contradict the repository's mode. */
export function decideSettings(repo: Repo, destination: string, options: CheckoutOptions): WalkSettings {
  const userMode = options.userMode === true;
  const forceCopy = options.forceCopy === true || options.selinuxPolicy !== undefined;
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
    relabeling: relabelingOf(options),
    skip: options.skip ?? new Set(),
    whiteouts: options.whiteouts === true,
    passthrough: options.passthroughWhiteouts === true,
    directoryPermissions: options.bareUserOnlyDirectories === true ? BARE_USER_ONLY_PERMISSIONS : PERMISSION_BITS,
    resetMtime: !forceCopy,
  };
}

function relabelingOf({ selinuxPolicy, selinuxPrefix, subpath, userMode }: CheckoutOptions): Relabeling | undefined {
  const labels = selinuxPolicy === undefined ? undefined : openSelinuxPolicy(selinuxPolicy);
  return labels === undefined || userMode === true ? undefined : { labels, prefix: selinuxPrefix ?? `/${subpath ?? ''}` };
}

/** The checkouts for which libostree uses its cache of uncompressed objects. */
function isPlain(options: CheckoutOptions): boolean {
  const { forceCopy, selinuxPolicy, disableCache, whiteouts, passthroughWhiteouts, requireHardlinks, bareUserOnlyDirectories } = options;
  const flags = [forceCopy, disableCache, whiteouts, passthroughWhiteouts, requireHardlinks, bareUserOnlyDirectories];
  const replaces = options.overwrite === 'add' || options.overwrite === 'identical';
  return !flags.includes(true) && !replaces && options.skip === undefined && selinuxPolicy === undefined;
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
