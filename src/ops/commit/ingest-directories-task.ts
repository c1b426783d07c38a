import { CoppiceError } from '../../base/errors.ts';
import type { IngestDirectoriesBatch, IngestDirectoriesResult } from '../../engine/engine.ts';
import { defineTask } from '../../pool/task.ts';

export interface IngestDirectoriesInput {
  readonly batch: IngestDirectoriesBatch;
  /** What the directories are taken to cost, in bytes' worth of work. */
  readonly weight: number;
}

/** Lists directories and stores their files. */
export const ingestDirectoriesTask = defineTask<IngestDirectoriesInput, IngestDirectoriesResult>(
  'ingest-directories',
  ({ batch }, { engine }) => {
    if (engine.ingestDirectories === undefined) throw new CoppiceError('INTERNAL', `the ${engine.name} engine does not ingest directories`);
    return engine.ingestDirectories(batch);
  },
  ({ weight }) => weight,
);
