import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import type { VerifyBatch, VerifyResult } from '../../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../../pool/task.ts';

/** Reads a batch of objects whole and compares each with its name. */
export const verifyTask = defineTask<VerifyBatch, VerifyResult>(
  'verify',
  (batch, environment) => environment.engine.verify(batch),
  ({ checksums }) => (checksums.length / CHECKSUM_BYTES) * FILE_WEIGHT,
);
