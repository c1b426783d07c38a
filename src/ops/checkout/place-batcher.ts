import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { packNames } from '../../base/name-list.ts';
import { FOREKNOWN } from '../../engine/engine.ts';
import type { PlaceBatch } from '../../engine/engine.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';
import type { LinkableTrees } from '../../repo/linkable-trees.ts';
import type { PlacedDirectory } from './placed-directory.ts';

export type PlaceSettings = Omit<PlaceBatch, 'directories' | 'directoryIndex' | 'names' | 'checksums' | 'foreknown'>;

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
  readonly #names: string[] = [];
  #runs: { readonly directory: PlacedDirectory; files: number }[] = [];
  readonly #checksums: Uint8Array;
  readonly #directoryIndex: Uint32Array;
  readonly #foreknown: Uint8Array;

  /** Batches have up to `maxFiles`. */
  constructor(settings: PlaceSettings, maxFiles: number, trees?: LinkableTrees) {
    this.#settings = settings;
    this.#maxFiles = maxFiles;
    this.#trees = trees;
    this.#checksums = new Uint8Array(maxFiles * CHECKSUM_BYTES);
    this.#directoryIndex = new Uint32Array(maxFiles);
    this.#foreknown = new Uint8Array(maxFiles);
  }

  get isFull(): boolean {
    return this.#names.length >= this.#maxFiles;
  }

  /** A full one takes none. */
  add({ name, checksum }: DirtreeFile, directory: PlacedDirectory): void {
    const index = this.#names.push(name) - 1;
    this.#checksums.set(checksum, index * CHECKSUM_BYTES);
    this.#directoryIndex[index] = this.#count(directory);
    this.#foreknown[index] = this.#knownOf(checksum, directory);
  }

  /** A batch of what there is; undefined when that is nothing. */
  take(): ReadyPlacement | undefined {
    const files = this.#names.length;
    if (files === 0) return undefined;
    const runs = this.#runs;
    this.#runs = [];
    const input = {
      directories: packNames(runs.map(({ directory }) => directory.path)),
      directoryIndex: this.#directoryIndex.slice(0, files),
      names: packNames(this.#names),
      checksums: this.#checksums.slice(0, files * CHECKSUM_BYTES),
      foreknown: this.#trees === undefined ? undefined : this.#foreknown.slice(0, files),
      ...this.#settings, // last: V8 gives each copy that begins with it a shape of its own, and compiles the engine's code again
    };
    this.#names.length = 0;
    return { input, runs };
  }

  #knownOf(checksum: Uint8Array, { tree }: PlacedDirectory): number {
    if (this.#trees === undefined || tree?.isKnown !== true) return FOREKNOWN.nothing;
    return this.#trees.canLink(checksum) ? FOREKNOWN.linkable : FOREKNOWN.odd;
  }

  /** The number of the run that goes on or begins with a file of `directory`. */
  #count(directory: PlacedDirectory): number {
    const last = this.#runs.at(-1);
    if (last?.directory === directory) last.files += 1;
    else this.#runs.push({ directory, files: 1 });
    return this.#runs.length - 1;
  }
}
