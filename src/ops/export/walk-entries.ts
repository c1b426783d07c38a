import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { readDirmeta } from '../../format/object/dirmeta.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { readDirtreeObject, readMetadataObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

/** A member of the archive to be, before its content object is read. */
export type WalkedEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly uid: number; readonly gid: number; readonly mode: number }
  | { readonly kind: 'content'; readonly path: string; readonly checksum: Uint8Array };

/** A directory of a commit. */
export interface WalkedDirectory {
  readonly tree: Checksum;
  readonly meta: Checksum;
  /** How its path in the archive begins: empty, or the prefix and the names down to it, with a slash. */
  readonly path: string;
}

/** Walks in `ostree`'s order: a directory, its files, its directories; memory is the names along one path. */
export function* walkEntries(repo: Repo, root: WalkedDirectory): Generator<WalkedEntry> {
  const pending = [root];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const { path } = directory;
    const { uid, gid, mode } = readDirmeta(readMetadataObject(repo, OBJECT_TYPE.dirmeta, directory.meta));
    yield { kind: 'directory', path: directoryPath(path), uid, gid, mode };
    const { files, directories } = readDirtreeObject(repo, directory.tree);
    for (const { name, checksum } of files) yield { kind: 'content', path: path + name, checksum };
    for (const { name, tree, meta } of directories.toReversed()) {
      pending.push({ tree: checksumFromBytes(tree), meta: checksumFromBytes(meta), path: `${path}${name}/` });
    }
  }
}

/** Ends in a slash, whatever prefix the root was given. */
function directoryPath(path: string): string {
  if (path === '') return './';
  return path.endsWith('/') ? path : `${path}/`;
}
