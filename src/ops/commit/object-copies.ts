import { mkdirSync, rmSync } from 'node:fs';
import { fromNodeError } from '../../base/errors.ts';
import { packNames } from '../../base/name-list.ts';
import { parseRelativePath } from '../../base/relative-path.ts';
import { PLACE } from '../../engine/engine.ts';
import type { Engine, ObjectSource } from '../../engine/engine.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { IngestEntry } from './ingest-batcher.ts';
import type { ChangedObject } from './layer.ts';

const FOLDER = 'copies';

/**
 * Copies of content objects that go into the commit with another owner, mode or xattrs: files in the transaction's
 * own place, which the ingest takes in like files of a tree, and deletes. Attributes come from the entry, not from the
 * copy, so that any user can make one.
 */
export class ObjectCopies {
  readonly #engine: Engine;
  readonly #source: ObjectSource;
  readonly #root: string;
  #made = 0;

  /** `tmp` is the transaction's. Nothing is written before the first copy. */
  constructor(engine: Engine, source: ObjectSource, tmp: string) {
    this.#engine = engine;
    this.#source = source;
    this.#root = `${tmp}/${FOLDER}`;
  }

  /** Throws what the engine says of an object that cannot be read. */
  make(object: ChangedObject): IngestEntry {
    if (this.#made === 0) this.#makeFolder();
    const name = String(this.#made);
    this.#made += 1;
    const { failures, outcomes } = this.#engine.place({
      source: this.#source,
      root: this.#root,
      directories: packNames(['']),
      directoryIndex: Uint32Array.of(0),
      names: packNames([name]),
      checksums: object.checksum,
      userMode: true,
      link: 'never',
      overwrite: 'none',
      copyZeroSized: true,
      syncEach: false,
      cache: '',
    });
    const [failure] = failures;
    if (failure !== undefined || outcomes[0] !== PLACE.copied) throw failureError(failure ?? NOT_COPIED);
    const { uid, gid, mode, sizeBytes, xattrs } = object;
    const from = { kind: 'files', root: this.#root, path: parseRelativePath('') } as const;
    return { kind: 'ingest', name, from, uid, gid, mode, sizeBytes, witness: undefined, row: 0, claim: undefined, addedXattrs: xattrs, temporary: true };
  }

  /** Removes the folder; to be called when every copy has been taken in. */
  finish(): void {
    if (this.#made > 0) rmSync(this.#root, { recursive: true, force: true });
  }

  #makeFolder(): void {
    try {
      mkdirSync(this.#root, { mode: 0o700 });
    } catch (error) {
      throw fromNodeError(error, this.#root);
    }
  }
}

const NOT_COPIED = { index: 0, code: 'INTERNAL', errno: '', syscall: '', path: FOLDER, message: 'the engine made no copy' };
