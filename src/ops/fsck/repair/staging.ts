import { mkdirSync, renameSync } from 'node:fs';
import { CHECKSUM_BYTES, checksumFromBytes } from '../../../base/checksum.ts';
import type { Checksum } from '../../../base/checksum.ts';
import { fromNodeError } from '../../../base/errors.ts';
import type { StoreTarget } from '../../../engine/engine.ts';
import { looseObjectPath, OBJECT_TYPE } from '../../../format/object/object-type.ts';
import { fsyncPolicy } from '../../../fs/fsync-policy.ts';
import { removeTree } from '../../../fs/remove-tree.ts';
import { objectsPath } from '../../../repo/layout.ts';
import type { Repo } from '../../../repo/repo.ts';
import { makeStagingDirectory } from '../../../repo/staging-directory.ts';

/**
 * A place for content objects that are to replace damaged ones. A transaction's will not do: to it an object that is
 * there is there. Here nothing is, so that everything is written, and then takes its place by a rename.
 */
export class Staging {
  readonly target: StoreTarget;
  readonly #repo: Repo;

  /** To be closed, whatever happens; a crash leaves what the next transaction sweeps. */
  constructor(repo: Repo) {
    const tmp = makeStagingDirectory(repo);
    this.#repo = repo;
    this.target = {
      mode: repo.mode,
      algorithm: repo.algorithm,
      objects: [tmp],
      destination: tmp,
      visible: false,
      tmp,
      zlibLevel: repo.config.zlibLevel,
      syncEach: repo.config.fsync,
    };
  }

  /** Moves a staged content object to where readers look for it. */
  publish(checksum: Checksum): void {
    const name = looseObjectPath(checksum, OBJECT_TYPE.file, this.#repo.mode === 'archive');
    const directory = `${objectsPath(this.#repo.path)}/${name.slice(0, 2)}`;
    const path = `${objectsPath(this.#repo.path)}/${name}`;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o775 });
      renameSync(`${this.target.destination}/${name}`, path);
    } catch (error) {
      throw fromNodeError(error, path);
    }
    fsyncPolicy(this.#repo.config.fsync).directory(directory);
  }

  close(): void {
    removeTree(this.target.tmp);
  }
}

/** Checksums in 32 bytes each, as batches carry them. */
export function packChecksums(checksums: readonly Checksum[]): Uint8Array {
  return Buffer.from(checksums.join(''), 'hex');
}

export function checksumAt(packed: Uint8Array, index: number): Checksum {
  return checksumFromBytes(packed, index * CHECKSUM_BYTES);
}
