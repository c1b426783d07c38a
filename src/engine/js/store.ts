import { unpackNames } from '../../base/name-list.ts';
import { CoppiceError } from '../../base/errors.ts';
import { refuseMode } from '../capability.ts';
import { INGEST } from '../engine.ts';
import type { Failure, StoreBatch, StoreResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import type { BatchContext } from './context.ts';
import { objectPath, ObjectWriter, PLAIN_OBJECT } from './object-writer.ts';
import type { Written } from './object-writer.ts';
import { requireStore } from './require-store.ts';

const OBJECT_NAME = /^[0-9a-f]{64}\.[a-z-]+$/;
const MUTABLE = '.commitmeta';

/** Writes metadata objects that are missing; see `Engine.store`. */
export function store(context: BatchContext, batch: StoreBatch): StoreResult {
  if (batch.target.mode === 'bare-split-xattrs') throw refuseMode(context.engine, batch.target.mode);
  requireStore(...batch.target.objects, batch.target.destination);
  const names = unpackNames(batch.names);
  const outcomes = new Uint8Array(names.length).fill(INGEST.failed);
  const failures: Failure[] = [];
  const writer = new ObjectWriter(batch.target);
  for (const [index, name] of names.entries()) {
    const bytes = batch.bytes.subarray(index === 0 ? 0 : batch.ends[index - 1], batch.ends[index]);
    try {
      outcomes[index] = INGEST[storeOne(writer, name, bytes)];
    } catch (error) {
      failures.push(toFailure(index, `${batch.target.destination}/${objectPath(name)}`, error));
    }
  }
  return { outcomes, failures };
}

function storeOne(writer: ObjectWriter, name: string, bytes: Uint8Array): Written {
  if (!OBJECT_NAME.test(name)) throw new CoppiceError('PATH_INVALID', `"${name}" is not the name of an object`);
  const mutable = name.endsWith(MUTABLE);
  if (!mutable && writer.isPublished(name)) return 'existed';
  return writer.writeFile(name, PLAIN_OBJECT, bytes, mutable);
}
