import { lstatSync, unlinkSync } from 'node:fs';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { RECORD_BYTES, REMOVE } from '../engine.ts';
import type { Failure, RemoveBatch, RemoveResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { succeeds } from './file-io.ts';
import { extensionOfType } from './object-extension.ts';
import { objectPath } from './object-writer.ts';
import { requireStore } from './require-store.ts';

/** Measures objects and unlinks them; see `Engine.remove`. */
export function remove(batch: RemoveBatch): RemoveResult {
  requireStore(batch.objects);
  const count = Math.floor(batch.records.length / RECORD_BYTES);
  const outcomes = new Uint8Array(count);
  const sizes = new Float64Array(count);
  const failures: Failure[] = [];
  for (let index = 0; index < count; index++) {
    const record = batch.records.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
    const path = `${batch.objects}/${objectPath(Buffer.from(record.subarray(0, CHECKSUM_BYTES)).toString('hex'))}`;
    try {
      const size = removeOne(batch, path, record[CHECKSUM_BYTES] ?? 0);
      outcomes[index] = size === undefined ? REMOVE.absent : REMOVE.removed;
      sizes[index] = size ?? 0;
    } catch (error) {
      outcomes[index] = REMOVE.failed;
      failures.push(toFailure(index, path, error));
    }
  }
  return { outcomes, sizes, failures };
}

/** The size of the file; undefined when there is none. */
function removeOne({ archive, unlink }: RemoveBatch, stem: string, type: number): number | undefined {
  const extension = extensionOfType(type, archive);
  if (extension === undefined) throw new CoppiceError('USAGE', `there are no objects of type ${type}`);
  const path = `${stem}.${extension}`;
  const size = lstatSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || !unlink) return size;
  return succeeds(() => unlinkSync(path), 'ENOENT') ? size : undefined;
}
