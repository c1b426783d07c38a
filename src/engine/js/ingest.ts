import { closeSync, fstatSync, lstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { fileTypeWords, isRegular, isSymlink } from '../../base/unix-mode.ts';
import { refuseMode, refuseXattrs } from '../capability.ts';
import { INGEST } from '../engine.ts';
import type { IngestBatch, IngestResult } from '../engine.ts';
import { hashPrefix, NO_XATTRS } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import { isAdoptable } from './adopt.ts';
import { forEachFile } from './batch-files.ts';
import type { BatchFile } from './batch-files.ts';
import type { BatchContext } from './context.ts';
import { OPEN_SOURCE, succeeds } from './file-io.ts';
import { checkKeepable } from './keepable.ts';
import { ObjectWriter } from './object-writer.ts';
import { readSymlink } from './read-symlink.ts';
import { requireStore } from './require-store.ts';
import { storeRegular, storeSymlink } from './store-content.ts';
import type { IngestJob, StoredContent } from './store-content.ts';
import { isWitnessed } from './witness.ts';

/** Hashes files and stores those that are missing; see `Engine.ingest`. */
export function ingest(context: BatchContext, batch: IngestBatch): IngestResult {
  refuseImpossible(context, batch);
  if (batch.action === 'store') requireStore(...batch.target.objects, batch.target.destination);
  const count = batch.directoryIndex.length;
  const result = {
    checksums: new Uint8Array(count * CHECKSUM_BYTES),
    outcomes: new Uint8Array(count).fill(INGEST.failed),
    sizes: new Float64Array(count),
    storedSizes: new Float64Array(count),
    settled: new Uint8Array(count),
  };
  const job = { context, batch, writer: new ObjectWriter(batch.target), destinationDevice: deviceOf(batch) };
  const failures = forEachFile(batch, (file) => {
    const { stored, isSettled } = ingestOne(job, file);
    result.checksums.set(Buffer.from(stored.name.slice(0, 64), 'hex'), file.index * CHECKSUM_BYTES);
    result.outcomes[file.index] = INGEST[stored.outcome];
    result.sizes[file.index] = stored.sizeBytes;
    result.storedSizes[file.index] = stored.storedBytes;
    result.settled[file.index] = isSettled ? 1 : 0;
  });
  return { ...result, failures };
}

function refuseImpossible(context: BatchContext, { xattrs, action, target }: IngestBatch): void {
  if (xattrs === 'read') throw refuseXattrs(context.engine);
  const writesXattrs = target.mode === 'bare-user' || target.mode === 'bare-split-xattrs';
  if (action === 'store' && writesXattrs) throw refuseMode(context.engine, target.mode);
}

/** Only a consuming batch needs to know whether sources can be moved into the store. */
function deviceOf(batch: IngestBatch): number {
  return consumes(batch) ? statSync(batch.target.destination).dev : -1;
}

function consumes({ consume, action }: IngestBatch): boolean {
  return consume && action === 'store';
}

function headerOf({ attributes }: IngestBatch, index: number): ContentHeader {
  const [uid = 0, gid = 0, mode = 0] = attributes.subarray(index * 3, index * 3 + 3);
  return { uid, gid, mode, symlinkTarget: '', xattrs: NO_XATTRS };
}

interface Ingested {
  readonly stored: StoredContent;
  readonly isSettled: boolean;
}

/** The job of a batch of files on disk. */
interface FileJob extends IngestJob {
  readonly batch: IngestBatch;
  /** Device number of the destination; -1 where nothing is consumed. */
  readonly destinationDevice: number;
}

function ingestOne(job: FileJob, file: BatchFile): Ingested {
  const header = headerOf(job.batch, file.index);
  if (job.batch.action === 'store') checkKeepable(job.batch.target.mode, header);
  if (isSymlink(header.mode)) return ingestSymlink(job, file, header);
  if (isRegular(header.mode)) return ingestRegular(job, file, header);
  throw new CoppiceError('FILE_TYPE_UNSUPPORTED', `unsupported file type: ${fileTypeWords(header.mode)}`);
}

function ingestSymlink(job: FileJob, file: BatchFile, attributes: ContentHeader): Ingested {
  const header = { ...attributes, symlinkTarget: readSymlink(file.path) };
  const isSettled = isWitnessed(job.batch, file.index, () => lstatSync(file.path, { bigint: true }));
  const stored = storeSymlink(job, { header, prefix: hashPrefix(header) });
  if (consumes(job.batch)) unlinkSync(file.path);
  return { stored, isSettled };
}

function ingestRegular(job: FileJob, file: BatchFile, header: ContentHeader): Ingested {
  const fd = openSync(file.path, OPEN_SOURCE);
  try {
    const stats = fstatSync(fd);
    checkRegular(stats);
    const isSettled = isWitnessed(job.batch, file.index, () => fstatSync(fd, { bigint: true }));
    const adoption = isAdoptable(job.batch, stats, job.destinationDevice) ? { path: file.path, stats } : undefined;
    const source = { fd, sizeBytes: stats.size, adoption };
    const stored = storeRegular(job, { header, prefix: hashPrefix(header) }, source);
    if (consumes(job.batch)) succeeds(() => unlinkSync(file.path), 'ENOENT'); // gone where it was adopted
    return { stored, isSettled };
  } finally {
    closeSync(fd);
  }
}

function checkRegular(stats: Stats): void {
  if (!stats.isFile()) {
    throw new CoppiceError('FILE_CHANGED', `it was a regular file and is now a ${fileTypeWords(stats.mode)}`);
  }
}
