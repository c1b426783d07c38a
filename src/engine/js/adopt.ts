import { fsyncSync, lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { CoppiceError, errnoOf } from '../../base/errors.ts';
import type { IngestBatch } from '../engine.ts';
import { sealFile } from './object-writer.ts';
import type { ObjectWriter, PhysicalAttributes, Written } from './object-writer.ts';

/** A source file that may become the object itself. */
export interface Adoption {
  readonly path: string;
  readonly stats: Stats;
}

/** Whether consuming can move the source: a mode that keeps content as it is, one name, the same file system. */
export function isAdoptable(batch: IngestBatch, stats: Stats, destinationDevice: number): boolean {
  const keepsContent = batch.target.mode === 'bare' || batch.target.mode === 'bare-user-only';
  return keepsContent && batch.consume && stats.nlink === 1 && stats.dev === destinationDevice;
}

/**
 * Turns the source into the object: attributes first, for a visible store shows it at once, then the name.
 * Undefined where the file cannot be linked after all (another mount of the same file system): copy it then.
 */
export function adopt(
  writer: ObjectWriter,
  name: string,
  attributes: PhysicalAttributes,
  source: Adoption & { readonly fd: number },
): Written | undefined {
  const now = lstatSync(source.path);
  if (now.ino !== source.stats.ino || now.dev !== source.stats.dev) {
    throw new CoppiceError('FILE_CHANGED', 'it was replaced while it was read');
  }
  const { mode, zeroTime, owner = foreignOwner(source.stats) } = attributes;
  sealFile(source.fd, { mode, owner, zeroTime });
  if (writer.target.syncEach) fsyncSync(source.fd);
  try {
    return writer.moveIn(source.path, name, 'keep');
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') return undefined;
    throw error;
  }
}

/** The process's own ids where the file has others: objects of bare-user-only belong to the process. */
function foreignOwner({ uid, gid }: Stats): readonly [number, number] | undefined {
  const [ownUid, ownGid] = [process.geteuid?.() ?? uid, process.getegid?.() ?? gid];
  return uid === ownUid && gid === ownGid ? undefined : [ownUid, ownGid];
}
