import type { UnpackBatch, UnpackResult } from '../../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../../pool/task.ts';

/** Reads a batch of content objects into the buffer that came with it. */
export const unpackTask = defineTask<UnpackBatch, UnpackResult>(
  'unpack',
  (batch, environment) => environment.engine.unpack(batch),
  ({ checksums, into }) => into.length + (checksums.length / 32) * FILE_WEIGHT,
);
