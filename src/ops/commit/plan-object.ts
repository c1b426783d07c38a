import { checksumFromBytes } from '../../base/checksum.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import { isSymlink } from '../../base/unix-mode.ts';
import { readFileInfo } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import type { FileEntry } from './layer.ts';
import type { CommitModifier } from './modifier.ts';

/** A content object at its place in the new tree. */
export interface FoundObject {
  readonly name: string;
  readonly checksum: Uint8Array;
  readonly by: 'hardlink' | 'commit';
}

/** The object as the modifier wants it: itself where nothing changes, else one of the same content to be written. */
export function planObject(
  { repo, modifier }: { readonly repo: Repo; readonly modifier: CommitModifier },
  path: RelativePath,
  { name, checksum, by }: FoundObject,
): FileEntry {
  const { header, ...info } = readFileInfo(repo, checksumFromBytes(checksum));
  const sizeBytes = isSymlink(header.mode) ? Buffer.byteLength(header.symlinkTarget) : info.sizeBytes;
  const { uid, gid, mode } = modifier.apply(path, name, header);
  const xattrs = modifier.xattrs(path, name, header);
  const isSame = uid === header.uid && gid === header.gid && mode === header.mode && Buffer.compare(xattrs, header.xattrs) === 0;
  if (isSame) return { kind: 'known', name, checksum, by, sizeBytes };
  return { kind: 'changed', name, checksum, uid, gid, mode, xattrs, sizeBytes };
}
