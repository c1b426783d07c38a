import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { PLACE } from '../../engine/engine.ts';
import type { PlaceResult } from '../../engine/engine.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';
import { Flow } from '../../pool/flow.ts';
import type { Pool } from '../../pool/task.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { LinkableTrees } from '../../repo/linkable-trees.ts';
import type { DirectoryFinisher } from './directory-finisher.ts';
import { PlaceBatcher } from './place-batcher.ts';
import type { PlaceSettings, ReadyPlacement } from './place-batcher.ts';
import { placeTask } from './place-task.ts';
import type { PlacedDirectory } from './placed-directory.ts';

/** What became of the files. */
export interface PlaceCounts {
  filesLinked: number;
  filesCopied: number;
  filesKept: number;
  bytesCopied: number;
}

export interface FilePlacerOptions {
  readonly place: PlaceSettings;
  /** Told of the directory of each file that is in place. */
  readonly finisher: DirectoryFinisher;
  /** Goes on counting there. */
  readonly counts: PlaceCounts;
  readonly trees?: LinkableTrees | undefined;
  /** Asked before each batch; throws when the checkout is to end. */
  readonly throwIfAborted: () => void;
  /** Called after each batch, before its directories are told. */
  readonly onPlaced: (batch: ReadyPlacement, result: PlaceResult) => void;
}

/** Files on their way into a checkout: collected to batches, placed on the pool, a bounded number at a time. */
export class FilePlacer {
  readonly #pool: Pool;
  readonly #options: FilePlacerOptions;
  readonly #flow: Flow;
  readonly #batcher: PlaceBatcher;

  constructor(pool: Pool, options: FilePlacerOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#flow = new Flow(pool.width * pool.budget.batchesPerThread);
    this.#batcher = new PlaceBatcher(options.place, pool.budget.batchFiles, options.trees);
  }

  async add(files: readonly DirtreeFile[], directory: PlacedDirectory): Promise<void> {
    directory.expect(files.length);
    for (const file of files) {
      this.#batcher.add(file, directory);
      if (this.#batcher.isFull) await this.#send(this.#batcher.take());
    }
  }

  /** Runs the walk that adds files, and waits for all of them, also when it fails; throws the first failure. */
  async complete(walk: () => Promise<void>): Promise<void> {
    try {
      await walk();
      await this.#send(this.#batcher.take());
    } catch (error) {
      this.#flow.fail(error);
    }
    await this.#flow.drain();
    this.#options.finisher.flush();
  }

  async #send(batch: ReadyPlacement | undefined): Promise<void> {
    if (batch === undefined) return;
    this.#options.throwIfAborted();
    await this.#flow.add(async () => {
      const result = await this.#pool.run(placeTask, batch.input);
      if (!this.#flow.failed) this.#receive(batch, result);
    });
  }

  #receive(batch: ReadyPlacement, result: PlaceResult): void {
    const { counts, finisher, onPlaced } = this.#options;
    const [failure] = result.failures;
    if (failure !== undefined) throw failureError(failure);
    const { outcomes, bytesCopied } = result;
    for (let index = 0; index < outcomes.length; index++) {
      const outcome = outcomes[index] ?? PLACE.failed;
      countPlaced(counts, outcome);
      if (outcome !== PLACE.linked) this.#options.trees?.addOdd(batch.input.checksums, index * CHECKSUM_BYTES);
    }
    counts.bytesCopied += bytesCopied;
    onPlaced(batch, result);
    for (const { directory, files } of batch.runs) finisher.settle(directory, files);
  }
}

function countPlaced(counts: PlaceCounts, outcome: number): void {
  if (outcome === PLACE.linked) counts.filesLinked += 1;
  else if (outcome === PLACE.copied) counts.filesCopied += 1;
  else counts.filesKept += 1;
}
