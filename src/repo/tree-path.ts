import { compareUtf8 } from '../base/byte-order.ts';
import { checksumFromBytes } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { CoppiceError, errnoWords } from '../base/errors.ts';
import type { Commit } from '../format/object/commit.ts';
import { readDirtreeObject } from './object-reader.ts';
import type { Repo } from './repo.ts';

/** What lies at a path in a commit. */
export type TreeNode = TreeDirectory | TreeFile;

export interface TreeDirectory {
  readonly kind: 'directory';
  /** The last component of the path; empty for the root. */
  readonly name: string;
  readonly tree: Checksum;
  readonly meta: Checksum;
}

/** A regular file or a symlink: its content object tells which. */
export interface TreeFile {
  readonly kind: 'file';
  readonly name: string;
  /** 32 bytes naming the content object. */
  readonly checksum: Uint8Array;
}

/**
 * Finds `/usr/bin` in a commit; slashes at the ends do not matter, symlinks are not followed, `.` and `..` name nothing.
 * Throws PATH_NOT_FOUND, or PATH_INVALID where a file stands for a directory.
 */
export function resolveTreePath(repo: Repo, commit: Pick<Commit, 'rootTree' | 'rootMeta'>, path: string): TreeNode {
  let node: TreeNode = { kind: 'directory', name: '', tree: commit.rootTree, meta: commit.rootMeta };
  let walked = '';
  for (const name of path.split('/').filter((part) => part !== '')) {
    walked = `${walked}/${name}`;
    if (node.kind === 'file') throw new CoppiceError('PATH_INVALID', errnoWords('ENOTDIR'), { facts: { path } });
    const child = findChild(repo, node.tree, name);
    if (child === undefined) throw notFound(walked);
    node = child;
  }
  return node;
}

/** The entry of a directory with this name. */
export function findChild(repo: Repo, tree: Checksum, name: string): TreeNode | undefined {
  const { files, directories } = readDirtreeObject(repo, tree);
  const file = findByName(files, name);
  if (file !== undefined) return { kind: 'file', ...file };
  const directory = findByName(directories, name);
  if (directory === undefined) return undefined;
  return { kind: 'directory', name, tree: checksumFromBytes(directory.tree), meta: checksumFromBytes(directory.meta) };
}

/** Binary search: the reader has checked that names ascend. */
function findByName<T extends { readonly name: string }>(entries: readonly T[], name: string): T | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry === undefined) return undefined;
    const order = compareUtf8(entry.name, name);
    if (order === 0) return entry;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function notFound(path: string): CoppiceError {
  return new CoppiceError('PATH_NOT_FOUND', `No such file or directory: ${path}`, { facts: { path } });
}
