import { lstatSync } from 'node:fs';
import { checksumFromBytes } from '../../../base/checksum.ts';
import { findChild } from '../../../repo/tree-path.ts';
import type { Repo } from '../../../repo/repo.ts';
import type { FilesLayer, Layer, TreeLayer } from '../layer.ts';
import { findTarDirectory } from './tar-tree.ts';
import type { TarTree } from './tar-tree.ts';

/** What stands at a path: a file's checksum is undefined where the file has yet to be read from disk. */
export type Standing = { readonly kind: 'directory' } | { readonly kind: 'file'; readonly checksum: Uint8Array | undefined };

/** The trees that an archive is laid over: its entries may need their directories, its hardlinks their files. */
export class TreesBelow {
  readonly #repo: Repo;
  readonly #layers: readonly Layer[];

  constructor(repo: Repo, layers: readonly Layer[]) {
    this.#repo = repo;
    this.#layers = layers.toReversed();
  }

  /** What the topmost tree that has the path has there; symlinks are files. */
  find(parts: readonly string[]): Standing | undefined {
    for (const layer of this.#layers) {
      const found = this.#findIn(layer, parts);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findIn(layer: Layer, parts: readonly string[]): Standing | undefined {
    if (layer.kind === 'files') return findOnDisk(layer, parts);
    return layer.kind === 'tree' ? findInCommit(this.#repo, layer, parts) : findInTar(layer.tree, parts);
  }
}

/** Goes down one name at a time: never through a symlink. */
function findOnDisk(layer: FilesLayer, parts: readonly string[]): Standing | undefined {
  let path = layer.root;
  let isDirectory = true;
  for (const part of parts) {
    if (!isDirectory) return undefined;
    path = `${path}/${part}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    isDirectory = stat.isDirectory();
  }
  return isDirectory ? { kind: 'directory' } : { kind: 'file', checksum: undefined };
}

function findInCommit(repo: Repo, layer: TreeLayer, parts: readonly string[]): Standing | undefined {
  let tree = checksumFromBytes(layer.tree);
  for (const [index, part] of parts.entries()) {
    const child = findChild(repo, tree, part);
    if (child === undefined) return undefined;
    if (child.kind === 'file') return index === parts.length - 1 ? { kind: 'file', checksum: child.checksum } : undefined;
    tree = child.tree;
  }
  return { kind: 'directory' };
}

/** What an archive itself has at a path. */
export function findInTar(tree: TarTree, parts: readonly string[]): Standing | undefined {
  if (findTarDirectory(tree.root, parts) !== undefined) return { kind: 'directory' };
  const slot = findTarDirectory(tree.root, parts.slice(0, -1))?.files.get(parts.at(-1) ?? '');
  return slot === undefined ? undefined : { kind: 'file', checksum: tree.checksums.get(slot) };
}
