import { existsSync, mkdirSync } from 'node:fs';
import type { StoreTarget } from '../engine.ts';
import { succeeds, writeAll } from './file-io.ts';
import { inflateArchive } from './object-file.ts';
import type { ArchiveFile } from './object-file.ts';
import { objectPath, ObjectWriter } from './object-writer.ts';
import { placedAttributes } from './place-copy.ts';
import type { PlaceJob } from './place-copy.ts';

/** The cache as a store that readers see. */
function cacheTarget({ batch }: PlaceJob): StoreTarget {
  return {
    mode: 'bare-user-only',
    algorithm: batch.source.algorithm,
    objects: [batch.cache],
    destination: batch.cache,
    visible: true,
    tmp: batch.cache,
    zlibLevel: 1,
    syncEach: batch.syncEach,
  };
}

/** An object's uncompressed file. */
export interface CachedFile {
  readonly path: string;
  /** False where an earlier checkout has made it. */
  readonly made: boolean;
}

/** Finds or makes the uncompressed file of an object. */
export function cacheArchived(job: PlaceJob, archive: ArchiveFile, hex: string): CachedFile {
  const name = `${hex}.file`;
  const path = `${job.batch.cache}/${objectPath(name)}`;
  if (existsSync(path)) return { path, made: false };
  succeeds(() => mkdirSync(job.batch.cache), 'EEXIST');
  new ObjectWriter(cacheTarget(job)).writeFile(name, placedAttributes(job, archive.header), (fd) => {
    inflateArchive(job.context, archive, (piece) => writeAll(fd, piece));
  });
  return { path, made: true };
}
