/** The verb `diff`: what differs between two commits, two directories, or one of each. */
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
  /** Leaves xattrs of files on disk out of their checksums. Default: only in bare-user-only repositories, which have none. */
  readonly ignoreXattrs?: boolean | undefined;
  /** Owner and group that stand for those of files on disk. */
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
  const withXattrs = options.ignoreXattrs !== true && context.repo.mode !== 'bare-user-only' && !context.repo.config.disableXattrs;
  const open = (source: DiffSource): SideDirectory => openSide(context, source, { withXattrs, options });
  const [left, right] = [open(from), open(to)];
  yield* settleSteps(context, compareDirectories(left, right), withXattrs ? 'read' : 'none');
}

interface SideSettings {
  readonly withXattrs: boolean;
  readonly options: DiffOptions;
}

function openSide({ repo, engine }: OperationContext, source: DiffSource, { withXattrs, options }: SideSettings): SideDirectory {
  if (source.kind === 'commit') return commitSide(repo, resolveRev(repo, source.rev));
  const { uid, gid } = options;
  return diskSide({ engine, algorithm: repo.algorithm, root: source.path, withXattrs, uid, gid });
}
