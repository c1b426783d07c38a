import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { Commit } from '../../format/object/commit.ts';
import type { DirtreeDirectory, DirtreeFile } from '../../format/object/dirtree.ts';
import { readDirtreeObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { findChild } from '../../repo/tree-path.ts';

/** A directory of a commit. `path` begins with a slash; the root's is `/`. */
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly path: string;
  readonly tree: Checksum;
  readonly meta: Checksum;
}

/** A regular file or a symlink: the dirtree does not tell which. */
export interface FileNode {
  readonly kind: 'file';
  readonly path: string;
  readonly checksum: Checksum;
}

export type PathNode = DirectoryNode | FileNode;

export function rootOf(commit: Pick<Commit, 'rootTree' | 'rootMeta'>): DirectoryNode {
  return { kind: 'directory', path: '/', tree: commit.rootTree, meta: commit.rootMeta };
}

/** What stands in a directory, files first, each kind in the order of its names. */
export function* childrenOf(repo: Repo, { path, tree }: DirectoryNode): Generator<PathNode> {
  const { files, directories } = readDirtreeObject(repo, tree);
  for (const file of files) yield fileNode(path, file);
  for (const directory of directories) yield directoryNode(path, directory);
}

function childPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

function fileNode(parent: string, { name, checksum }: DirtreeFile): FileNode {
  return { kind: 'file', path: childPath(parent, name), checksum: checksumFromBytes(checksum) };
}

function directoryNode(parent: string, { name, tree, meta }: DirtreeDirectory): DirectoryNode {
  return { kind: 'directory', path: childPath(parent, name), tree: checksumFromBytes(tree), meta: checksumFromBytes(meta) };
}

/**
 * Finds a path as a user types it, with or without a leading slash. Symlinks are not followed; `.` and `..` are names
 * like any other, which no tree has. As in libostree an empty component ends the path so far: what follows a double
 * slash is looked for at the root, and a trailing slash asks for a child without a name.
 *
 * Throws PATH_NOT_FOUND when something on the way is missing or no directory.
 */
export function findInTree(repo: Repo, root: DirectoryNode, path: string): PathNode {
  let node: PathNode = root;
  for (const name of componentsOf(path)) node = step(repo, node, name);
  return node;
}

function componentsOf(path: string): string[] {
  const restart = path.lastIndexOf('//');
  const relative = (restart < 0 ? path : path.slice(restart + 1)).replace(/^\//, '');
  return relative === '' && path !== '' ? [] : relative.split('/');
}

function step(repo: Repo, node: PathNode, name: string): PathNode {
  if (node.kind === 'file') throw notFound('Not a directory', node.path);
  const path = childPath(node.path, name);
  const child = findChild(repo, node.tree, name);
  if (child === undefined) throw notFound(`No such file or directory: ${path}`, path);
  if (child.kind === 'file') return fileNode(node.path, child);
  return { kind: 'directory', path, tree: child.tree, meta: child.meta };
}

function notFound(message: string, path: string): CoppiceError {
  return new CoppiceError('PATH_NOT_FOUND', message, { facts: { path } });
}
