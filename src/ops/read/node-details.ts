import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import { isSymlink } from '../../base/unix-mode.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';
import { readDirmetaObject, readFileInfo } from '../../repo/object-reader.ts';
import type { FileInfoOptions } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import type { PathNode } from './find-in-tree.ts';

/** What a commit keeps about one of its files or directories. */
export interface NodeDetails {
  readonly kind: 'directory' | 'file' | 'symlink';
  readonly uid: number;
  readonly gid: number;
  /** `st_mode`, type bits included. */
  readonly mode: number;
  /** Bytes of a regular file's content; 0 for anything else. */
  readonly sizeBytes: number;
  /** Empty for what is no symlink. */
  readonly symlinkTarget: string;
  /** Serialised `a(ayay)`; zero bytes for none. */
  readonly xattrs: Uint8Array;
}

const CACHE_LIMIT = 1024;

/** Reads details of nodes one by one; a tree has few different dirmetas, so that these are remembered. */
export class DetailsReader {
  readonly #repo: Repo;
  readonly #options: FileInfoOptions;
  readonly #dirmetas = new Map<Checksum, Dirmeta>();

  constructor(repo: Repo, options: FileInfoOptions = {}) {
    this.#repo = repo;
    this.#options = options;
  }

  read(node: PathNode): NodeDetails {
    if (node.kind === 'file') return readFileDetails(this.#repo, node.checksum, this.#options);
    return { kind: 'directory', sizeBytes: 0, symlinkTarget: '', ...this.#dirmeta(node.meta) };
  }

  #dirmeta(checksum: Checksum): Dirmeta {
    const known = this.#dirmetas.get(checksum);
    if (known !== undefined) return known;
    if (this.#dirmetas.size >= CACHE_LIMIT) this.#dirmetas.clear();
    const dirmeta = readDirmetaObject(this.#repo, checksum);
    this.#dirmetas.set(checksum, dirmeta);
    return dirmeta;
  }
}

/** The details of a content object; its content is not read. */
export function readFileDetails(repo: Repo, checksum: Checksum, options: FileInfoOptions = {}): NodeDetails {
  const { header, sizeBytes } = openingContent(repo, checksum, () => readFileInfo(repo, checksum, options));
  const { uid, gid, mode, xattrs, symlinkTarget } = header;
  return { kind: isSymlink(mode) ? 'symlink' : 'file', uid, gid, mode, xattrs, symlinkTarget, sizeBytes };
}

/** libostree says what it was doing when a content object is missing, except in archive repositories. */
function openingContent<T>(repo: Repo, checksum: Checksum, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (repo.mode === 'archive' || !isCoppiceError(error, 'OBJECT_MISSING')) throw error;
    const { message, facts } = error;
    throw new CoppiceError('OBJECT_MISSING', `Opening content object ${checksum}: ${message}`, { facts, cause: error });
  }
}
