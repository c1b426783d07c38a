import type { FilesLayer } from './layer.ts';
import { soleFilesLayer } from './scan-directories.ts';
import type { PlanContext } from './plan-directory.ts';
import type { TreeWork } from './write-tree.ts';

/** The only layer, where it is a directory on disk and rules and hardlinks are all that this thread might have to look at. */
export function wholeLayer({ modifier, hardlinks, index }: PlanContext, { layers, options }: TreeWork): FilesLayer | undefined {
  const looksAtEach = modifier.hasLabels || index?.verifies === true;
  const leavesOut = modifier.usesPaths || hardlinks !== 'read'; // consumed all the same
  const tellsOfEach = (options.consume && leavesOut) || options.sizes !== undefined;
  return looksAtEach || tellsOfEach ? undefined : soleFilesLayer({ layers });
}
