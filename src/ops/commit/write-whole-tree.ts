import { CoppiceError } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import type { IngestTreeBatch, IngestTreeStep } from '../../engine/engine.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { DirectoryIds } from './directory-node.ts';
import { ingestError } from './ingest-failure.ts';
import type { FilesLayer } from './layer.ts';
import type { PlanContext } from './plan-directory.ts';
import type { TreeStats } from './tree-stats.ts';
import { wholeLayer } from './whole-layer.ts';
import type { TreeWork } from './write-tree.ts';

/** The first step is done on this thread alone: a small tree starts no other. */
const FIRST_STEP: { readonly files: number; readonly bytes: number } = { files: 256, bytes: 4 * 1024 * 1024 };
/** Some 50 ms of hashing, or half a second of compressing: progress and signals wait no longer. */
const STEP_BYTES = 64 * 1024 * 1024;
/** Batches of files in a step. */
const STEP_BATCHES = 16;

/**
 * `writeTree` by `engine.ingestTree`; undefined, with nothing done, where the engine has none or something has to be
 * decided for single entries. The walk in JavaScript costs as much as a third of the work itself (bench `commit`): a
 * string for each name, batches, results put in their places.
 */
export async function writeWholeTree(context: OperationContext, plan: PlanContext, work: TreeWork): Promise<DirectoryIds | undefined> {
  const layer = plan.hardlinks === 'ask' ? undefined : wholeLayer(plan, work);
  const ingestion = layer === undefined ? undefined : plan.engine.ingestTree?.(batchOf(plan, layer, work));
  if (layer === undefined || ingestion === undefined) return undefined;
  const { transaction, stats } = work;
  const { width, budget } = context.pool;
  let limits = { ...FIRST_STEP, threads: plan.hardlinks === 'take' ? width : 1 }; // the objects are looked at first
  for (;;) {
    if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'commit cancelled');
    const step = ingestion.step(limits.files, limits.bytes, transaction.leftBytes, limits.threads);
    transaction.count({ contentBytes: step.bytesCharged, metadata: step.metadataWritten });
    count(stats, step);
    plan.index?.take(step);
    plan.modifier.meetAll(unpackNames(step.metRules));
    const [failure] = step.failures;
    if (failure !== undefined) throw ingestError(layer, failure, step.failureBytes);
    assertRoom(work, step);
    context.progress?.({ phase: 'commit', filesDone: stats.filesRead, bytesDone: stats.bytesRead });
    if (step.tree.length > 0) return { tree: step.tree, meta: step.meta };
    limits = { files: budget.batchFiles * STEP_BATCHES, bytes: STEP_BYTES, threads: width };
    await context.pool.rest();
  }
}

function batchOf({ repo, modifier, index, hardlinks }: PlanContext, { root }: FilesLayer, { transaction, options }: TreeWork): IngestTreeBatch {
  return {
    root,
    target: transaction.target,
    xattrs: modifier.keepsXattrs ? 'read' : 'none',
    ...modifier.uniform,
    rules: modifier.rules,
    consume: options.consume,
    memory: index?.treeMemory,
    hardlinks: hardlinks === 'take' ? repo.objectSource.objects : [],
  };
}

function count(stats: TreeStats, step: IngestTreeStep): void {
  stats.contentTotal += step.files - step.hardlinks;
  stats.contentCacheHits += step.hardlinks;
  stats.contentKnown += step.known;
  stats.contentWritten += step.written;
  stats.contentBytesWritten += step.bytesWritten;
  stats.metadataTotal += step.metadata;
  stats.filesRead += step.read;
  stats.bytesRead += step.bytesRead;
}

/** Throws NO_SPACE, unless what has turned out to be there already has made room meanwhile. */
function assertRoom({ transaction }: TreeWork, { bytesLacking }: IngestTreeStep): void {
  if (bytesLacking === 0) return;
  transaction.reserve(bytesLacking);
  transaction.release(bytesLacking);
}
