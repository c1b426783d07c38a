import type { PublishBatch, PublishResult } from '../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../pool/task.ts';

/** Objects in a two-digit directory of a large commit; each is a rename. */
const EXPECTED_OBJECTS = 64;
const PREFIX_CHARACTERS = 3; // two digits and the NUL of a packed name

/** Moves staged objects into `objects/`, some two-digit directories at a time. */
export const publishTask = defineTask<PublishBatch, PublishResult>(
  'publish',
  (batch, environment) => environment.engine.publish(batch),
  (batch) => (batch.prefixes.length / PREFIX_CHARACTERS) * EXPECTED_OBJECTS * (FILE_WEIGHT / 16),
);
