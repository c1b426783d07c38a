import type { IngestBatch, IngestResult } from '../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../pool/task.ts';

function weigh(batch: IngestBatch): number {
  return batch.sizes.reduce((sum, size) => sum + size, batch.sizes.length * FILE_WEIGHT);
}

/** Hashes a batch of files on disk as content objects; where its `action` is `store` it writes those that the target lacks. */
export const ingestTask = defineTask<IngestBatch, IngestResult>(
  'ingest',
  (batch, environment) => environment.engine.ingest(batch),
  weigh,
);
