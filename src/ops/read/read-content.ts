import { posix } from 'node:path';
import { CoppiceError } from '../../base/errors.ts';
import type { Commit } from '../../format/object/commit.ts';
import { openContent } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { findInTree, rootOf } from './find-in-tree.ts';
import type { FileNode } from './find-in-tree.ts';
import { readFileDetails } from './node-details.ts';

/** As many symlinks as Linux follows for one path. */
const MAX_SYMLINKS = 40;

/**
 * The content of a file, piece by piece. Symlinks at the end of the path are followed inside the commit, `..` in their
 * targets included; a path through a symlink is not.
 *
 * Throws PATH_NOT_FOUND and PATH_INVALID in ostree's words before the first piece; OBJECT_CORRUPT when content ends early.
 */
export async function* readContent(repo: Repo, commit: Commit, path: string): AsyncGenerator<Uint8Array> {
  yield* openContent(repo, findRegularFile(repo, commit, path).checksum);
}

function findRegularFile(repo: Repo, commit: Commit, path: string): FileNode {
  let wanted = path;
  for (let followed = 0; followed <= MAX_SYMLINKS; followed++) {
    const node = findInTree(repo, rootOf(commit), wanted);
    if (node.kind === 'directory') throw new CoppiceError('PATH_INVALID', "Can't open directory", { facts: { path: node.path } });
    const { kind, symlinkTarget } = readFileDetails(repo, node.checksum, { needXattrs: false });
    if (kind === 'file') return node;
    wanted = posix.resolve(posix.dirname(node.path), symlinkTarget);
  }
  throw new CoppiceError('PATH_INVALID', `Too many levels of symbolic links: ${path}`, { facts: { path } });
}
