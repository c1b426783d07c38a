import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { writeDirtree } from '../../format/object/dirtree.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { DirectoryPlan } from './layer.ts';
import { recordOf } from './observation.ts';
import type { Observation } from './observation.ts';

/** Where a finished directory reports its two checksums. */
export interface DirectoryIds {
  readonly tree: Uint8Array;
  readonly meta: Uint8Array;
}

/** Where a directory stands in the new tree. */
export interface NodePlace {
  readonly parent: DirectoryNode | undefined;
  readonly index: number;
  readonly path: RelativePath;
}

/**
 * A directory whose dirtree waits for the checksums of its files and subdirectories.
 *
 * It counts what is missing; the walk itself counts as one, so that a directory cannot finish while names are added.
 */
export class DirectoryNode {
  readonly parent: DirectoryNode | undefined;
  readonly #indexInParent: number;
  readonly #fileNames: readonly string[];
  readonly #fileChecksums: Uint8Array;
  readonly #directoryNames: readonly string[];
  readonly #directoryIds: (DirectoryIds | undefined)[];
  /** Checksum of the dirmeta. */
  readonly meta: Uint8Array;
  readonly path: RelativePath;
  readonly #observation: Observation | undefined;
  #missing: number;

  constructor(place: NodePlace, plan: DirectoryPlan, meta: Uint8Array) {
    const names = { files: plan.files.map(({ name }) => name), directories: plan.directories.map(({ name }) => name) };
    this.path = place.path;
    this.#observation = plan.observation;
    this.parent = place.parent;
    this.#indexInParent = place.index;
    this.#fileNames = names.files;
    this.#fileChecksums = new Uint8Array(names.files.length * CHECKSUM_BYTES);
    this.#directoryNames = names.directories;
    this.#directoryIds = names.directories.map(() => undefined);
    this.meta = meta;
    this.#missing = names.files.length + names.directories.length + 1;
  }

  /** True when this was the last thing missing. */
  setFile(index: number, checksum: Uint8Array): boolean {
    this.#fileChecksums.set(checksum, index * CHECKSUM_BYTES);
    return this.#settle();
  }

  setDirectory(index: number, ids: DirectoryIds): boolean {
    this.#directoryIds[index] = ids;
    return this.#settle();
  }

  /** The walk has named everything. */
  endWalk(): boolean {
    return this.#settle();
  }

  /** Hands the ids to the parent; true when the parent is complete with them. */
  reportTo(parent: DirectoryNode, ids: DirectoryIds): boolean {
    return parent.setDirectory(this.#indexInParent, ids);
  }

  /** The dirtree object; only when nothing is missing. */
  serialize(): Uint8Array {
    const files = this.#fileNames.map((name, index) => ({
      name,
      checksum: this.#fileChecksums.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES),
    }));
    const directories = this.#directoryNames.map((name, index) => {
      const ids = this.#directoryIds[index];
      if (ids === undefined) throw new CoppiceError('INTERNAL', `directory "${name}" has no checksum yet`);
      return { name, ...ids };
    });
    return writeDirtree(files, directories);
  }

  /** What the stat index shall remember of a complete directory. */
  record(): DirectoryRecord | undefined {
    return this.#observation === undefined ? undefined : recordOf(this.#observation, this.#fileChecksums);
  }

  #settle(): boolean {
    this.#missing -= 1;
    return this.#missing === 0;
  }
}
