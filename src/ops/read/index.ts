/** Reading verbs: what a commit, its history, its tree and its files say. Nothing here writes, locks or starts a thread. */
export { commitSizes } from './commit-sizes.ts';
export type { CommitSizes, SizeSum } from './commit-sizes.ts';
export { childrenOf, findInTree, rootOf } from './find-in-tree.ts';
export type { DirectoryNode, FileNode, PathNode } from './find-in-tree.ts';
export { findObjectType } from './find-object.ts';
export type { ShownType } from './find-object.ts';
export { historyOf } from './history.ts';
export type { HistoryEnd } from './history.ts';
export { listTree } from './list-tree.ts';
export type { ListDepth } from './list-tree.ts';
export { loadCommit } from './load-commit.ts';
export type { LoadedCommit } from './load-commit.ts';
export { metadataValue, readDetachedMetadata } from './metadata-key.ts';
export { DetailsReader, readFileDetails } from './node-details.ts';
export type { NodeDetails } from './node-details.ts';
export { readContent } from './read-content.ts';
