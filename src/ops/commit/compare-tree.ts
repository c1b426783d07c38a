import { CoppiceError } from '../../base/errors.ts';
import { findEntries } from '../../fs/find-entries.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { PlanContext } from './plan-directory.ts';
import { soleFilesLayer } from './scan-directories.ts';
import { TreeComparison } from './tree-comparison.ts';
import type { TreeWork } from './write-tree.ts';

/** Trees of fewer directories are walked sooner than a program starts. */
const LEAST_DIRECTORIES = 64;

/** What an entry of a listing takes, with its share of the record. */
const ENTRY_BYTES = 256;

/**
 * Compares the source with the stat index before the walk; undefined where that would gain nothing: with no index, with a
 * single thread, or without the program that does it (bench `recommit`).
 */
export async function compareTree({ pool, signal }: OperationContext, { index, modifier }: PlanContext, work: TreeWork): Promise<TreeComparison | undefined> {
  const layer = soleFilesLayer(work);
  if (layer === undefined || index === undefined || modifier.keepsXattrs || pool.width < 2) return undefined;
  if (index.directories < LEAST_DIRECTORIES) return undefined;
  const comparison = new TreeComparison(index, {
    root: layer.root,
    answersTrees: index.isComplete && !index.verifies && !modifier.usesPaths,
    mostEntries: pool.budget.garbageBytes / ENTRY_BYTES,
  });
  const rest = async (): Promise<void> => {
    pool.expect(comparison.newWeight);
    await pool.rest();
    if (signal?.aborted === true) throw new CoppiceError('CANCELLED', 'commit cancelled');
  };
  const isWhole = await findEntries(layer.root, (depth, name, stats) => comparison.add(depth, name, stats), rest);
  return isWhole && comparison.end() ? comparison : undefined;
}
