import { packNames } from '../../base/name-list.ts';
import type { Engine, OwnRoot } from '../../engine/engine.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { LinkableTrees } from '../../repo/linkable-trees.ts';
import type { PlacedDirectory } from './placed-directory.ts';

const BATCH = 256;

export interface FinishSettings {
  readonly root: string;
  readonly userMode: boolean;
  readonly resetMtime: boolean;
  readonly sync: boolean;
  readonly ownRoot?: OwnRoot;
}

/** Gives complete directories their metadata, children before parents, a batch at a time. */
export class DirectoryFinisher {
  readonly #engine: Engine;
  readonly #settings: FinishSettings;
  readonly #trees: LinkableTrees | undefined;
  #complete: { readonly path: string; readonly meta: Dirmeta; readonly hasMode: boolean }[] = [];

  /** `trees` learns which dirtrees are complete. */
  constructor(engine: Engine, settings: FinishSettings, trees?: LinkableTrees) {
    this.#trees = trees;
    this.#engine = engine;
    this.#settings = settings;
  }

  /** `count` things of `directory` are in place; finishes it, and each ancestor that this completes. */
  settle(directory: PlacedDirectory, count = 1): void {
    let node: PlacedDirectory | undefined = directory;
    for (let settled = count; node?.settle(settled) === true; settled = 1) {
      if (node.tree !== undefined) this.#trees?.add(node.tree.checksum);
      if (node.meta !== undefined) this.#complete.push({ path: node.path, meta: node.meta, hasMode: node.hasMode });
      node = node.parent;
    }
    if (this.#complete.length >= BATCH) this.flush();
  }

  flush(): void {
    if (this.#complete.length === 0) return;
    const batch = this.#complete;
    this.#complete = [];
    const attributes = new Uint32Array(batch.length * 3);
    for (const [index, { meta }] of batch.entries()) attributes.set([meta.uid, meta.gid, meta.mode], index * 3);
    const { failures } = this.#engine.finishDirectories({
      directories: packNames(batch.map(({ path }) => path)),
      attributes,
      hasMode: Uint8Array.from(batch, ({ hasMode }) => (hasMode ? 1 : 0)),
      xattrs: batch.map(({ meta }) => meta.xattrs),
      ...this.#settings,
    });
    const [failure] = failures;
    if (failure !== undefined) throw failureError(failure);
  }
}
