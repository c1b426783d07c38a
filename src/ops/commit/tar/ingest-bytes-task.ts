import type { IngestBytesBatch, IngestResult } from '../../../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../../../pool/task.ts';

/** Stores a batch of contents from a stream; those that were spilled to disk weigh what their files do. */
export const ingestBytesTask = defineTask<IngestBytesBatch & { readonly spilledBytes: number }, IngestResult>(
  'ingest-bytes',
  (batch, environment) => environment.engine.ingestBytes(batch),
  ({ ends, spilledBytes }) => (ends.at(-1) ?? 0) + spilledBytes + ends.length * FILE_WEIGHT,
);
