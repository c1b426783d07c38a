import type { PlaceBatch, PlaceResult } from '../../engine/engine.ts';
import { defineTask, FILE_WEIGHT } from '../../pool/task.ts';

/** A hardlink takes a quarter of what a small file takes to be written. */
export const LINK_WEIGHT = FILE_WEIGHT / 4;

/** Links or writes a batch of content objects into the destination. */
export const placeTask = defineTask<PlaceBatch, PlaceResult>(
  'place',
  (batch, environment) => environment.engine.place(batch),
  (batch) => batch.directoryIndex.length * (batch.link === 'never' ? FILE_WEIGHT : LINK_WEIGHT),
);
