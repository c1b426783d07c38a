import { checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { ImportTreeStep, TreeImport } from '../../engine/engine.ts';
import type { Commit } from '../../format/object/commit.ts';
import { readDirmeta } from '../../format/object/dirmeta.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { assertDirtree } from '../../format/object/scan-dirtree.ts';
import { failureError } from '../../repo/failure-error.ts';
import { metadataSource } from '../../repo/metadata-source.ts';
import { corruptObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { readSoundMetadata } from './sound-metadata.ts';
import type { ImportPlaces, TreeImporter } from './tree-importer.ts';

/** The first step is done on this thread alone: a small tree starts no other. */
const FIRST_STEP_OBJECTS = 256;
/** Some 100 ms of hashing, or a second of compressing: progress and signals wait no longer. */
const STEP_BYTES = 128 * 1024 * 1024;
/** Batches of files in a step. */
const STEP_BATCHES = 32;

/**
 * `TreeWalk` by `engine.importTree`; undefined where the engine has none. The walk in JavaScript and the start of a worker
 * cost as much as all the links and hashes (bench `pull-local:link`).
 */
export function wholeTrees(places: ImportPlaces): TreeImporter | undefined {
  const { context, source, settings } = places;
  const trees = context.engine.importTree?.({ ...settings, metadata: metadataSource(source) });
  return trees === undefined ? undefined : new WholeTrees(places, trees);
}

class WholeTrees implements TreeImporter {
  readonly tally = { linked: 0, copied: 0, bytesCopied: 0 };
  readonly #places: ImportPlaces;
  readonly #trees: TreeImport;
  #done = 0;
  #isFirst = true;

  constructor(places: ImportPlaces, trees: TreeImport) {
    this.#places = places;
    this.#trees = trees;
  }

  async importTree({ rootTree, rootMeta }: Pick<Commit, 'rootTree' | 'rootMeta'>): Promise<void> {
    this.#trees.add(checksumToBytes(rootTree), checksumToBytes(rootMeta));
    while (!this.#step()) await this.#places.context.pool.rest();
  }

  /** Nothing runs between two steps. */
  drain(): Promise<void> {
    return Promise.resolve();
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }

  /** True when nothing is left to do. */
  #step(): boolean {
    const { context, source } = this.#places;
    if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'pull cancelled');
    const { width, budget } = context.pool;
    const [objects, threads] = this.#isFirst ? [FIRST_STEP_OBJECTS, 1] : [budget.batchFiles * STEP_BATCHES, width];
    this.#isFirst = false;
    const step = this.#trees.step(objects, STEP_BYTES, threads);
    throwTrouble(source, step);
    this.#count(step);
    return step.complete;
  }

  #count({ linked, copied, existed, bytesCopied, metadataWritten }: ImportTreeStep): void {
    const { context, transaction } = this.#places;
    transaction.count({ contentBytes: 0, metadata: metadataWritten });
    this.tally.linked += linked;
    this.tally.copied += copied;
    this.tally.bytesCopied += bytesCopied;
    this.#done += linked + copied + existed;
    context.progress?.({ phase: 'pull-local', filesDone: this.#done, bytesDone: this.tally.bytesCopied });
  }
}

/** The engine only says which metadata object it cannot use; our own reader knows the words for what is wrong with it. */
function throwTrouble(source: Repo, { failures: [failure], unreadableType, unreadable }: ImportTreeStep): void {
  if (failure !== undefined) throw failureError(failure);
  if (unreadableType === 0) return;
  const checksum = checksumFromBytes(unreadable);
  const isDirtree = unreadableType === OBJECT_TYPE.dirtree;
  const type = isDirtree ? OBJECT_TYPE.dirtree : OBJECT_TYPE.dirmeta;
  readSoundMetadata<unknown>(source, type, checksum, isDirtree ? assertDirtree : readDirmeta);
  throw corruptObject(type, checksum, { path: source.path, cause: 'it could not be read a moment ago' });
}
