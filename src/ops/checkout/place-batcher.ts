import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { packNames } from '../../base/name-list.ts';
import type { PlaceBatch } from '../../engine/engine.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';
import type { LinkableTrees } from '../../repo/linkable-trees.ts';
import type { PlacedDirectory } from './placed-directory.ts';

export type PlaceSettings = Omit<PlaceBatch, 'directories' | 'directoryIndex' | 'names' | 'checksums' | 'linkable'>;

/** Some files that lie side by side in one directory. */
export interface PlacedRun {
  readonly directory: PlacedDirectory;
  readonly files: number;
}

export interface ReadyPlacement {
  readonly input: PlaceBatch;
  /** The files of the batch in order, as `directoryIndex` counts them. */
  readonly runs: readonly PlacedRun[];
}

/** Collects files in tree order, so that a batch is contiguous and two workers rarely share a directory. */
export class PlaceBatcher {
  readonly #settings: PlaceSettings;
  readonly #maxFiles: number;
  readonly #trees: LinkableTrees | undefined;
  #names: string[] = [];
  #runs: { readonly directory: PlacedDirectory; files: number }[] = [];
  readonly #checksums: Uint8Array;
  readonly #directoryIndex: Uint32Array;
  readonly #linkable: Uint8Array;

  /** Batches have up to `maxFiles`. */
  constructor(settings: PlaceSettings, maxFiles: number, trees?: LinkableTrees) {
    this.#settings = settings;
    this.#maxFiles = maxFiles;
    this.#trees = trees;
    this.#checksums = new Uint8Array(maxFiles * CHECKSUM_BYTES);
    this.#directoryIndex = new Uint32Array(maxFiles);
    this.#linkable = new Uint8Array(maxFiles);
  }

  get isFull(): boolean {
    return this.#names.length >= this.#maxFiles;
  }

  /** A full one takes none. */
  add({ name, checksum }: DirtreeFile, directory: PlacedDirectory): void {
    const index = this.#names.push(name) - 1;
    this.#checksums.set(checksum, index * CHECKSUM_BYTES);
    this.#directoryIndex[index] = this.#count(directory);
    this.#linkable[index] = directory.tree?.isKnown === true && this.#trees?.canLink(checksum) === true ? 1 : 0;
  }

  /** A batch of what there is; undefined when that is nothing. */
  take(): ReadyPlacement | undefined {
    const files = this.#names.length;
    if (files === 0) return undefined;
    const [names, runs] = [this.#names, this.#runs];
    [this.#names, this.#runs] = [[], []];
    const input = {
      ...this.#settings,
      directories: packNames(runs.map(({ directory }) => directory.path)),
      directoryIndex: this.#directoryIndex.slice(0, files),
      names: packNames(names),
      checksums: this.#checksums.slice(0, files * CHECKSUM_BYTES),
      linkable: this.#trees === undefined ? undefined : this.#linkable.slice(0, files),
    };
    return { input, runs };
  }

  /** The number of the run that goes on or begins with a file of `directory`. */
  #count(directory: PlacedDirectory): number {
    const last = this.#runs.at(-1);
    if (last?.directory === directory) last.files += 1;
    else this.#runs.push({ directory, files: 1 });
    return this.#runs.length - 1;
  }
}
