import { lstatSync } from 'node:fs';
import { fromNodeError } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import { joinRelative } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { PLACE } from '../../engine/engine.ts';
import type { Engine, PlaceResult } from '../../engine/engine.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';
import { readXattrs, replaceXattrs, writeXattrs } from '../../format/object/xattrs.ts';
import type { FileLabels } from '../../format/selinux/file-labels.ts';
import { LABEL_NAME, LabelXattrs } from '../../format/selinux/label-xattrs.ts';
import type { ReadyPlacement } from './place-batcher.ts';

/** Whose labels a checkout gets. */
export interface Relabeling {
  readonly labels: FileLabels;
  /** Where what is checked out lies in the file system that they are for: its root, or the only file. */
  readonly prefix: string;
  readonly isFile?: boolean;
}

/** A list that names the attribute; its value is of no meaning. */
const ANY_LABEL = writeXattrs([{ name: LABEL_NAME, value: Buffer.from('\0') }]);

/** Gives what a checkout makes the SELinux labels of a policy instead of those of the commit. Files must be copies. */
export class Relabeler {
  readonly #engine: Engine;
  readonly #root: string;
  readonly #prefix: string;
  readonly #isFile: boolean;
  readonly #labels: LabelXattrs;

  constructor(engine: Engine, root: string, { labels, prefix, isFile = false }: Relabeling) {
    this.#engine = engine;
    this.#root = root;
    this.#prefix = prefix;
    this.#isFile = isFile;
    this.#labels = new LabelXattrs(labels);
  }

  /** Labels the files of a batch that were placed by it. */
  files({ input, runs }: ReadyPlacement, { outcomes }: PlaceResult): void {
    for (const [index, name] of unpackNames(input.names).entries()) {
      const run = runs[input.directoryIndex[index] ?? 0];
      if (run !== undefined && outcomes[index] !== PLACE.kept) this.#file(joinRelative(run.directory.path, name));
    }
  }

  /** The dirmeta with the label that the directory at the path gets. */
  directory(meta: Dirmeta, path: RelativePath): Dirmeta {
    const others = writeXattrs(readXattrs(meta.xattrs).filter(({ name }) => name !== LABEL_NAME));
    const { uid, gid, mode } = meta;
    return { uid, gid, mode, xattrs: replaceXattrs(others, this.#listOf(path, mode)) };
  }

  #file(path: RelativePath): void {
    const full = `${this.#root}/${path}`;
    const list = this.#listOf(path, modeOf(full));
    if (list.length > 0) this.#engine.writeXattrs(full, list);
    else this.#engine.removeXattrs(full, ANY_LABEL);
  }

  #listOf(path: RelativePath, mode: number): Uint8Array {
    return this.#labels.of(this.#isFile ? this.#prefix : `${this.#prefix}/${path}`, mode);
  }
}

function modeOf(path: string): number {
  try {
    return lstatSync(path).mode;
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
