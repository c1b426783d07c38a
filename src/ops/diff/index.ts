/** The verb `diff`: what differs between two commits, two directories, or one of each. */
import { statSync } from 'node:fs';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { commitSide } from './commit-side.ts';
import { compareDirectories } from './compare-directories.ts';
import type { Change } from './compare-directories.ts';
import { diskSide } from './disk-side.ts';
import { settleSteps } from './settle-steps.ts';
import type { SideDirectory } from './side.ts';

export { compareObjects } from './compare-objects.ts';
export type { ObjectComparison } from './compare-objects.ts';
export type { Change } from './compare-directories.ts';

export type DiffSource =
  | { readonly kind: 'commit'; readonly rev: string }
  /** `path` is absolute. */
  | { readonly kind: 'directory'; readonly path: string };

export interface DiffOptions {
  /** Leaves xattrs of files on disk out of their checksums. Default: where commits of the
   * repository have none and one is compared. */
  readonly ignoreXattrs?: boolean | undefined;
  /** Owner and group that stand for those of files on disk, where `to` is a directory. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/**
 * Streams the changes from `from` to `to` in the order of the walk. Reads the dirtrees that differ and hashes, on the
 * pool, the files on disk that have a counterpart; commits alone need no file opened.
 */
export async function* diffTrees(
  context: OperationContext,
  [from, to]: readonly [DiffSource, DiffSource],
  options: DiffOptions = {},
): AsyncGenerator<Change> {
  const withXattrs = options.ignoreXattrs !== true && !(hasNoXattrs(context) && (from.kind === 'commit' || to.kind === 'commit'));
  const left = openSide(context, from, { withXattrs, options: {} }); // ostree gives owners to the second side only
  const right = openSide(context, to, { withXattrs, options });
  yield* settleSteps(context, compareDirectories(left, right), withXattrs ? 'read' : 'none');
}

/** Whether commits of this repository have no xattrs, so that those of files on disk would always differ. */
function hasNoXattrs({ repo }: OperationContext): boolean {
  return repo.mode === 'bare-user-only' || repo.config.disableXattrs;
}

interface SideSettings {
  readonly withXattrs: boolean;
  readonly options: DiffOptions;
}

function openSide({ repo, engine }: OperationContext, source: DiffSource, { withXattrs, options }: SideSettings): SideDirectory {
  if (source.kind === 'commit') return commitSide(repo, resolveRev(repo, source.rev));
  const { uid, gid } = options;
  assertDirectory(source.path);
  return diskSide({ engine, algorithm: repo.algorithm, root: source.path, withXattrs, uid, gid });
}

/** libostree's words for the root; what is wrong below it the engine tells. */
function assertDirectory(path: string): void {
  const { isDirectory, errno } = lookAt(path);
  if (isDirectory) return;
  const message =
    errno === undefined
      ? `Error opening directory '${path}': ${errnoWords('ENOTDIR')}`
      : `Error when getting information for file “${path}”: ${errnoWords(errno)}`;
  throw new CoppiceError(errno === 'ENOENT' ? 'PATH_NOT_FOUND' : 'SYSTEM', message, { facts: { path, errno: errno ?? 'ENOTDIR' } });
}

function lookAt(path: string): { readonly isDirectory: boolean; readonly errno?: string } {
  try {
    return { isDirectory: statSync(path).isDirectory() };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return { isDirectory: false, errno };
  }
}
