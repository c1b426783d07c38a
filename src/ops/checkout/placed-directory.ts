import type { RelativePath } from '../../base/relative-path.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';

/** A dirtree, and whether it is known which of its files are linkable. */
export interface AskedTree {
  readonly checksum: Uint8Array;
  readonly isKnown: boolean;
}

interface MoreOfDirectory {
  readonly tree?: AskedTree | undefined;
  readonly hasMode?: boolean;
}

/**
 * A directory of the destination that gets its final metadata once everything in it is in place.
 *
 * It counts files and subdirectories that are missing; the walk itself counts as one.
 */
export class PlacedDirectory {
  readonly path: RelativePath;
  readonly parent: PlacedDirectory | undefined;
  /** Undefined for a directory that was there before: it keeps its own. */
  readonly meta: Dirmeta | undefined;
  /** Whether it was made with the mode of `meta`. */
  readonly hasMode: boolean;
  /** The dirtree that it is made of, where it is asked and learned which files are linkable. */
  readonly tree: AskedTree | undefined;
  #missing = 1;

  constructor(path: RelativePath, parent: PlacedDirectory | undefined, meta: Dirmeta | undefined, { tree, hasMode = false }: MoreOfDirectory = {}) {
    this.tree = tree;
    this.path = path;
    this.parent = parent;
    this.meta = meta;
    this.hasMode = hasMode;
  }

  expect(count: number): void {
    this.#missing += count;
  }

  /** `count` less are missing; true when nothing is any more. */
  settle(count: number): boolean {
    this.#missing -= count;
    return this.#missing === 0;
  }
}
