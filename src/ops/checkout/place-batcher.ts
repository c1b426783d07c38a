import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { packNames } from '../../base/name-list.ts';
import type { PlaceBatch } from '../../engine/engine.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';
import type { LinkableTrees } from '../../repo/linkable-trees.ts';
import type { PlacedDirectory } from './placed-directory.ts';

export type PlaceSettings = Omit<PlaceBatch, 'directories' | 'directoryIndex' | 'names' | 'checksums' | 'linkable'>;

export interface ReadyPlacement {
  readonly input: PlaceBatch;
  /** The directory of each file. */
  readonly directories: readonly PlacedDirectory[];
}

/** One batch of files, each with its directory. */
export function packPlacement(
  settings: PlaceSettings,
  files: readonly DirtreeFile[],
  parents: readonly PlacedDirectory[],
  trees?: LinkableTrees,
): PlaceBatch {
  const distinct = [...new Set(parents)];
  const numbers = new Map(distinct.map((directory, index) => [directory, index]));
  const checksums = new Uint8Array(files.length * CHECKSUM_BYTES);
  for (const [index, { checksum }] of files.entries()) checksums.set(checksum, index * CHECKSUM_BYTES);
  return {
    ...settings,
    directories: packNames(distinct.map(({ path }) => path)),
    linkable: trees === undefined ? undefined : linkableOf(trees, files, parents),
    directoryIndex: Uint32Array.from(parents, (parent) => numbers.get(parent) ?? 0),
    names: packNames(files.map(({ name }) => name)),
    checksums,
  };
}

function linkableOf(trees: LinkableTrees, files: readonly DirtreeFile[], parents: readonly PlacedDirectory[]): Uint8Array {
  const linkable = new Uint8Array(files.length);
  let index = 0;
  for (const { checksum } of files) {
    linkable[index] = parents[index]?.tree?.isKnown === true && trees.canLink(checksum) ? 1 : 0;
    index += 1;
  }
  return linkable;
}

/** Collects files in tree order, so that a batch is contiguous and two workers rarely share a directory. */
export class PlaceBatcher {
  readonly #settings: PlaceSettings;
  readonly #maxFiles: number;
  readonly #trees: LinkableTrees | undefined;
  #files: DirtreeFile[] = [];
  #parents: PlacedDirectory[] = [];

  constructor(settings: PlaceSettings, maxFiles: number, trees: LinkableTrees | undefined) {
    this.#trees = trees;
    this.#settings = settings;
    this.#maxFiles = maxFiles;
  }

  add(file: DirtreeFile, parent: PlacedDirectory): ReadyPlacement | undefined {
    this.#files.push(file);
    this.#parents.push(parent);
    return this.#files.length >= this.#maxFiles ? this.take() : undefined;
  }

  take(): ReadyPlacement | undefined {
    if (this.#files.length === 0) return undefined;
    const ready = { input: packPlacement(this.#settings, this.#files, this.#parents, this.#trees), directories: this.#parents };
    this.#files = [];
    this.#parents = [];
    return ready;
  }
}
