import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { checksumFromBytes } from '../../../base/checksum.ts';
import type { Checksum } from '../../../base/checksum.ts';
import { CoppiceError } from '../../../base/errors.ts';
import { canonicalMode } from '../../../base/unix-mode.ts';
import { writeDirmeta } from '../../../format/object/dirmeta.ts';
import { readDirectory } from '../../../fs/read-dir.ts';
import type { Repo } from '../../../repo/repo.ts';

const NO_XATTRS = new Uint8Array(0);

/** The dirmetas that the directories of a tree may have been committed with; few, for most directories are alike. */
export class TreeDirmetas {
  readonly #repo: Repo;
  readonly #root: string;
  #known: Map<Checksum, Uint8Array> | undefined;

  constructor(repo: Repo, root: string) {
    this.#repo = repo;
    this.#root = root;
  }

  /** The bytes of the dirmeta; the first question walks the tree. */
  find(checksum: Checksum): Uint8Array | undefined {
    if (this.#known === undefined) {
      this.#known = new Map();
      this.#visit('', this.#known);
    }
    return this.#known.get(checksum);
  }

  #visit(directory: string, known: Map<Checksum, Uint8Array>): void {
    const path = join(this.#root, directory);
    for (const bytes of this.#guises(path)) known.set(checksumFromBytes(this.#repo.engine.digest(this.#repo.algorithm, bytes)), bytes);
    for (const entry of subdirectories(path)) this.#visit(directory === '' ? entry : `${directory}/${entry}`, known);
  }

  #guises(path: string): Uint8Array[] {
    const { uid, gid, mode } = lstatSync(path);
    const plain = [
      { uid, gid, mode, xattrs: NO_XATTRS },
      { uid: 0, gid: 0, mode, xattrs: NO_XATTRS },
      { uid: 0, gid: 0, mode: canonicalMode(mode), xattrs: NO_XATTRS },
    ];
    if (!this.#repo.engine.capabilities.xattrs) return plain.map(writeDirmeta);
    const xattrs = this.#repo.engine.readXattrs(path);
    return [...plain, { uid, gid, mode, xattrs }, { uid: 0, gid: 0, mode, xattrs }].map(writeDirmeta);
  }
}

function subdirectories(path: string): string[] {
  try {
    return readDirectory(path).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    if (error instanceof CoppiceError) return [];
    throw error;
  }
}
