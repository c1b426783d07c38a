import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { joinRelative, parseRelativePath } from '../../base/relative-path.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { readCommitObject, readDirtreeObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { listingOf } from './side.ts';
import type { Listing, SideDirectory, SideEntry } from './side.ts';

/** A directory of a commit. Its dirmeta and content objects are never opened: their checksums tell all. */
class CommitDirectory implements SideDirectory {
  readonly path: RelativePath;
  readonly tree: Checksum;
  readonly #repo: Repo;
  readonly #meta: Uint8Array;

  constructor(repo: Repo, path: RelativePath, tree: Checksum, meta: Uint8Array) {
    this.#repo = repo;
    this.path = path;
    this.tree = tree;
    this.#meta = meta;
  }

  meta(): Uint8Array {
    return this.#meta;
  }

  list(): Listing {
    return listingOf(this.#read());
  }

  pathOf(name: string): string {
    return `/${joinRelative(this.path, name)}`;
  }

  #read(): SideEntry[] {
    const { files, directories } = readDirtreeObject(this.#repo, this.tree);
    return [
      ...files.map(({ name, checksum }): SideEntry => ({ kind: 'object', name, checksum })),
      ...directories.map(({ name, tree, meta }): SideEntry => {
        const directory = new CommitDirectory(this.#repo, joinRelative(this.path, name), checksumFromBytes(tree), meta);
        return { kind: 'directory', name, directory };
      }),
    ];
  }
}

/** The root of a commit's tree. */
export function commitSide(repo: Repo, commit: Checksum): SideDirectory {
  const { rootTree, rootMeta } = readCommitObject(repo, commit);
  return new CommitDirectory(repo, parseRelativePath(''), rootTree, Buffer.from(rootMeta, 'hex'));
}
