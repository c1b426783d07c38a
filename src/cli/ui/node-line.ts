import { S_IFMT } from '../../base/unix-mode.ts';
import type { NodeDetails, PathNode } from '../../ops/read/index.ts';
import { xattrJson, xattrText } from './xattr-text.ts';

/** Columns that `ls` prints only when asked. */
export interface WantedColumns {
  readonly checksums: boolean;
  readonly xattrs: boolean;
}

const LETTERS: Readonly<Record<NodeDetails['kind'], string>> = { directory: 'd', file: '-', symlink: 'l' };
const SIZE_WIDTH = 6;

/** One line of `ls`: `-00644 0 0     12 /hello`. */
export function nodeLine(node: PathNode, details: NodeDetails, wanted: WantedColumns): string {
  const { kind, uid, gid, mode, sizeBytes, symlinkTarget, xattrs } = details;
  const columns = [
    `${LETTERS[kind]}0${(mode & ~S_IFMT).toString(8).padStart(4, '0')}`,
    `${uid}`,
    `${gid}`,
    `${sizeBytes}`.padStart(SIZE_WIDTH),
    ...(wanted.checksums ? checksumsOf(node) : []),
    ...(wanted.xattrs ? [xattrText(xattrs)] : []),
    kind === 'symlink' ? `${node.path} -> ${symlinkTarget}` : node.path,
  ];
  return `${columns.join(' ')}\n`;
}

function checksumsOf(node: PathNode): string[] {
  return node.kind === 'directory' ? [node.tree, node.meta] : [node.checksum];
}

export function nodeJson(node: PathNode, details: NodeDetails, wanted: WantedColumns): Readonly<Record<string, unknown>> {
  const { kind, uid, gid, mode, sizeBytes, symlinkTarget, xattrs } = details;
  return {
    path: node.path,
    kind,
    mode: `0${mode.toString(8)}`,
    uid,
    gid,
    ...(kind === 'file' ? { sizeBytes } : {}),
    ...(kind === 'symlink' ? { target: symlinkTarget } : {}),
    ...(node.kind === 'directory' ? { dirtree: node.tree, dirmeta: node.meta } : { checksum: node.checksum }),
    ...(wanted.xattrs ? { xattrs: xattrJson(xattrs) } : {}),
  };
}
