import { CHECKSUM_BYTES } from '../base/checksum.ts';
import type { ImportBatch, ImportResult } from '../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../pool/task.ts';

/** Takes a batch of content objects over from another repository. */
export const importTask = defineTask<ImportBatch, ImportResult>(
  'import',
  (batch, environment) => environment.engine.importObjects(batch),
  ({ checksums }) => (checksums.length / CHECKSUM_BYTES) * FILE_WEIGHT,
);
