import type { Checksum } from '../../base/checksum.ts';
import { S_IFMT } from '../../base/unix-mode.ts';
import type { Dirmeta } from '../../format/object/dirmeta.ts';
import { readDirmetaObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

/** Trees have few different dirmetas; past this many the cache starts anew. */
const MAX_ENTRIES = 4096;

/** Reads each dirmeta once, with its permissions masked as the checkout wants them. */
export class DirmetaCache {
  readonly #repo: Repo;
  readonly #permissions: number;
  readonly #known = new Map<Checksum, Dirmeta>();

  constructor(repo: Repo, permissions: number) {
    this.#repo = repo;
    this.#permissions = permissions;
  }

  read(checksum: Checksum): Dirmeta {
    const known = this.#known.get(checksum);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_ENTRIES) this.#known.clear();
    const stored = readDirmetaObject(this.#repo, checksum);
    const meta = { ...stored, mode: stored.mode & (S_IFMT | this.#permissions) };
    this.#known.set(checksum, meta);
    return meta;
  }
}
