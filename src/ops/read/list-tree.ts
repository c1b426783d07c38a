import { childrenOf } from './find-in-tree.ts';
import type { DirectoryNode, PathNode } from './find-in-tree.ts';
import type { Repo } from '../../repo/repo.ts';

/** How far a listing goes below a directory: not at all, one level, to the end. */
export type ListDepth = 'self' | 'children' | 'all';

/** Walks depth-first, a directory before what it holds and its files before its directories; holds one dirtree a level. */
export function* listTree(repo: Repo, node: PathNode, depth: ListDepth): Generator<PathNode> {
  yield node;
  if (node.kind === 'directory' && depth !== 'self') yield* listChildren(repo, node, depth);
}

function* listChildren(repo: Repo, directory: DirectoryNode, depth: ListDepth): Generator<PathNode> {
  for (const child of childrenOf(repo, directory)) {
    if (depth === 'all') yield* listTree(repo, child, depth);
    else yield child;
  }
}
