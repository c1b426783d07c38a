import type { StoreBatch, StoreResult } from '../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../pool/task.ts';

/** Writes a batch of metadata objects that main has named already. */
export const storeTask = defineTask<StoreBatch, StoreResult>(
  'store',
  (batch, environment) => environment.engine.store(batch),
  (batch) => batch.bytes.length + batch.ends.length * FILE_WEIGHT,
);
