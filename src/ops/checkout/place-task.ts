import type { PlaceBatch, PlaceResult } from '../../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../../pool/task.ts';

/** Links or writes a batch of content objects into the destination. */
export const placeTask = defineTask<PlaceBatch, PlaceResult>(
  'place',
  (batch, environment) => environment.engine.place(batch),
  (batch) => batch.directoryIndex.length * FILE_WEIGHT,
);
