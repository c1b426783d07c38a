import type { PublishBatch, PublishResult } from '../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../pool/task.ts';

const PREFIX_CHARACTERS = 3; // two digits and the NUL of a packed name

/** Moves staged objects into `objects/`, some two-digit directories at a time. */
export const publishTask = defineTask<PublishBatch, PublishResult>(
  'publish',
  (batch, environment) => environment.engine.publish(batch),
  (batch) => (batch.prefixes.length / PREFIX_CHARACTERS) * FILE_WEIGHT, // most are renamed whole
);
