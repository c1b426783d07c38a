import type { FilesLayer } from './layer.ts';
import { soleFilesLayer } from './scan-directories.ts';
import type { PlanContext } from './plan-directory.ts';
import type { TreeWork } from './write-tree.ts';

/** The only layer, where it is a directory on disk and no entry of it has a meaning of its own, hardlinks left aside. */
export function uniformLayer({ modifier, index }: PlanContext, { layers, options }: TreeWork): FilesLayer | undefined {
  const looksAtEach = modifier.usesPaths || index?.verifies === true;
  const tellsOfEach = options.consume || options.sizes !== undefined;
  return looksAtEach || tellsOfEach ? undefined : soleFilesLayer({ layers });
}
