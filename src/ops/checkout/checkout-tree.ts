import { checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { PlaceTreeBatch, PlaceTreeStep } from '../../engine/engine.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { failureError } from '../../repo/failure-error.ts';
import { metadataSource } from '../../repo/metadata-source.ts';
import { corruptObject, readDirmetaObject, readDirtreeObject } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import type { WalkSettings, WalkStats } from './checkout-walk.ts';

/** The first step is done on this thread alone: a small tree starts no other. */
const FIRST_STEP_FILES = 256;
/** Some 60 ms of links: progress and signals wait no longer. At the end of each step threads wait for the slowest. */
const STEP_FILES = 16_384;
const STEP_BYTES = 16 * 1024 * 1024;

export interface TreeToPlace {
  readonly tree: Checksum;
  readonly meta: Checksum;
  /** Whether the root was made for this checkout and gets the commit's metadata. */
  readonly created: boolean;
}

/**
 * `CheckoutWalk.directory` by `engine.placeTree`; undefined, with nothing done, where the engine has none. One walk in
 * JavaScript costs more than all the links (bench `checkout`): reading dirtrees, a string for each name, batches.
 */
export async function checkoutWholeTree(
  context: OperationContext,
  settings: WalkSettings,
  tree: TreeToPlace,
): Promise<WalkStats | undefined> {
  const placement = context.engine.placeTree?.(batchOf(context.repo, settings, tree));
  if (placement === undefined) return undefined;
  const stats = { filesLinked: 0, filesCopied: 0, filesKept: 0, directoriesMade: 0, bytesCopied: 0 };
  let [files, threads] = [FIRST_STEP_FILES, 1];
  for (;;) {
    if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'checkout cancelled');
    const step = placement.step(files, STEP_BYTES, threads);
    throwTrouble(context.repo, step);
    tell(context, count(stats, step));
    if (step.complete) return stats;
    [files, threads] = [STEP_FILES, context.pool.width];
    await context.pool.rest();
  }
}

function batchOf(repo: Repo, settings: WalkSettings, { tree, meta, created }: TreeToPlace): PlaceTreeBatch {
  return {
    ...settings.place,
    metadata: metadataSource(repo),
    tree: checksumToBytes(tree),
    meta: created ? checksumToBytes(meta) : new Uint8Array(0),
    permissions: settings.directoryPermissions,
    resetMtime: settings.resetMtime,
    skip: [...settings.skip],
  };
}

function count(stats: WalkStats, step: PlaceTreeStep): WalkStats {
  stats.filesLinked += step.linked;
  stats.filesCopied += step.copied;
  stats.filesKept += step.kept;
  stats.directoriesMade += step.directories;
  stats.bytesCopied += step.bytesCopied;
  return stats;
}

function tell({ progress }: OperationContext, { filesLinked, filesCopied, filesKept, bytesCopied }: WalkStats): void {
  progress?.({ phase: 'checkout', filesDone: filesLinked + filesCopied + filesKept, bytesDone: bytesCopied });
}

/** The engine only says which metadata object it cannot use; our own reader knows the words for what is wrong with it. */
function throwTrouble(repo: Repo, { failures: [failure], unreadableType, unreadable }: PlaceTreeStep): void {
  if (failure !== undefined) throw failureError(failure);
  if (unreadableType === 0) return;
  const checksum = checksumFromBytes(unreadable);
  const isDirtree = unreadableType === OBJECT_TYPE.dirtree;
  if (isDirtree) readDirtreeObject(repo, checksum);
  else readDirmetaObject(repo, checksum);
  const type = isDirtree ? OBJECT_TYPE.dirtree : OBJECT_TYPE.dirmeta;
  throw corruptObject(type, checksum, { path: repo.path, cause: 'it could not be read a moment ago' });
}
