import type { IngestBatch, IngestResult } from '../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../pool/task.ts';

function weigh({ sizes }: IngestBatch): number {
  return sizes.reduce((sum, size) => sum + size, sizes.length * FILE_WEIGHT);
}

/** Hashes a batch of files on disk as content objects, and writes them where the batch's `action` says `store`. */
export const hashTask = defineTask<IngestBatch, IngestResult>(
  'hash-files',
  (batch, environment) => environment.engine.ingest(batch),
  weigh,
);
