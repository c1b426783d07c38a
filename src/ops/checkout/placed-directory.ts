import type { RelativePath } from '../../base/relative-path.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';

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
  #missing = 1;

  constructor(path: RelativePath, parent: PlacedDirectory | undefined, meta: Dirmeta | undefined) {
    this.path = path;
    this.parent = parent;
    this.meta = meta;
  }

  expect(count: number): void {
    this.#missing += count;
  }

  /** True when nothing is missing any more. */
  settle(): boolean {
    this.#missing -= 1;
    return this.#missing === 0;
  }
}
