import { chmodSync, lchownSync, lstatSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { checksumFromBytes } from '../../base/checksum.ts';
import { errnoOf, fromNodeError } from '../../base/errors.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import type { PlaceBatch } from '../../engine/engine.ts';
import type { DirtreeFile } from '../../format/object/dirtree.ts';
import { readFileInfo } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { deviceName } from './whiteout.ts';

const S_IFCHR = 0o020000;

/**
 * Makes the overlayfs whiteout (character device 0:0) that a passthrough whiteout stands for. What is there is
 * replaced by a union, directories excepted, and kept when files are only added.
 */
export function placeDevice(context: OperationContext, parent: string, file: DirtreeFile, how: Pick<PlaceBatch, 'overwrite' | 'userMode'>): void {
  const path = `${parent}/${deviceName(file.name)}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && (how.overwrite === 'add' || (how.overwrite === 'identical' && isWhiteout(found)))) return;
  if (how.overwrite === 'union') unlinkIfPresent(path);
  const { header } = readFileInfo(context.repo, checksumFromBytes(file.checksum));
  const permissions = header.mode & PERMISSION_BITS;
  context.engine.makeDevice(path, S_IFCHR | permissions, 0, 0);
  if (how.userMode) return;
  lchownSync(path, header.uid, header.gid);
  chmodSync(path, permissions);
  if (header.xattrs.length > 0) context.engine.writeXattrs(path, header.xattrs);
}

function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}

function unlinkIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromNodeError(error, path);
  }
}
