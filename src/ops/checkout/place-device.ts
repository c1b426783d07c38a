import { chmodSync, lchownSync } from 'node:fs';
import { checksumFromBytes } from '../../base/checksum.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';
import { readFileInfo } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { deviceName } from './whiteout.ts';

const S_IFCHR = 0o020000;

/** Makes the overlayfs whiteout (character device 0:0) that a passthrough whiteout stands for. */
export function placeDevice(context: OperationContext, parent: string, file: DirtreeFile, userMode: boolean): void {
  const path = `${parent}/${deviceName(file.name)}`;
  const { header } = readFileInfo(context.repo, checksumFromBytes(file.checksum));
  const permissions = header.mode & PERMISSION_BITS;
  context.engine.makeDevice(path, S_IFCHR | permissions, 0, 0);
  if (userMode) return;
  lchownSync(path, header.uid, header.gid);
  chmodSync(path, permissions);
  if (header.xattrs.length > 0) context.engine.writeXattrs(path, header.xattrs);
}
