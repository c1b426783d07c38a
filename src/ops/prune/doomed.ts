import { lstatSync, readlinkSync } from 'node:fs';
import { checksumFromBytes, checksumToBytes, isChecksum } from '../../base/checksum.ts';
import { CoppiceError, fromNodeError } from '../../base/errors.ts';
import { looseObjectPath, OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import { checksumOf, FLAG } from '../../repo/object-table.ts';
import type { ObjectTable, TableEntry } from '../../repo/object-table.ts';
import { objectPath } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

/** A payload link is a symlink to `../XX/<62 hex>.file`. */
const LINK_TARGET = /^\.\.\/([0-9a-f]{2})\/([0-9a-f]{62})/;

/** Types that are no objects of their own: detached metadata goes with its commit, tombstones stay. */
function belongsToCommit(type: ObjectType): boolean {
  return type === OBJECT_TYPE.commitmeta || type === OBJECT_TYPE.tombstoneCommit;
}

/** Whether objects of this type are counted. */
export function isCounted(type: ObjectType, commitOnly: boolean): boolean {
  return commitOnly ? type === OBJECT_TYPE.commit : !belongsToCommit(type);
}

export function countObjects(table: ObjectTable, commitOnly: boolean): number {
  let count = 0;
  for (const { type } of table.entries()) if (isCounted(type, commitOnly)) count += 1;
  return count;
}

/** Detached metadata of a commit that goes. */
export function isOfDoomedCommit(table: ObjectTable, { type, records, at }: TableEntry): boolean {
  if (type !== OBJECT_TYPE.commitmeta || table.find(OBJECT_TYPE.commit, records, at) < 0) return false;
  return !table.hasFlag(FLAG.reachable, OBJECT_TYPE.commit, records, at);
}

/** Whether a payload link leads to content that is kept and large enough to have one. */
export function isLinkToKept(repo: Repo, table: ObjectTable, link: TableEntry): boolean {
  const target = payloadTarget(repo, link);
  if (!table.hasFlag(FLAG.reachable, OBJECT_TYPE.file, target)) return false;
  const { payloadLinkThreshold } = repo.config;
  const content = lstatSync(objectPath(repo, OBJECT_TYPE.file, checksumFromBytes(target)), { throwIfNoEntry: false });
  return payloadLinkThreshold !== undefined && content !== undefined && content.size >= payloadLinkThreshold;
}

function payloadTarget(repo: Repo, link: TableEntry): Uint8Array {
  const checksum = checksumOf(link);
  const path = objectPath(repo, OBJECT_TYPE.payloadLink, checksum);
  const [, first = '', rest = ''] = LINK_TARGET.exec(readTarget(path)) ?? [];
  const target = first + rest;
  if (isChecksum(target)) return checksumToBytes(target);
  const shown = looseObjectPath(checksum, OBJECT_TYPE.payloadLink, repo.mode === 'archive');
  throw new CoppiceError('OBJECT_CORRUPT', `invalid data size for ${shown}`, { facts: { path, checksum } });
}

function readTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
