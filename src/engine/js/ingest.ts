import { closeSync, fstatSync, lstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import type { BigIntStats, Stats } from 'node:fs';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { fileTypeWords, isRegular, isSymlink } from '../../base/unix-mode.ts';
import { refuseMode, refuseXattrs } from '../capability.ts';
import { INGEST } from '../engine.ts';
import type { IngestBatch, IngestResult } from '../engine.ts';
import { NO_XATTRS } from '../header.ts';
import type { Attributes } from '../uniform-modifier.ts';
import { isAdoptable } from './adopt.ts';
import type { Adoption } from './adopt.ts';
import { forEachFile } from './batch-files.ts';
import type { BatchFile } from './batch-files.ts';
import { ContentHeaders } from './content-headers.ts';
import type { BatchContext } from './context.ts';
import { OPEN_SOURCE, succeeds } from './file-io.ts';
import { ObjectWriter } from './object-writer.ts';
import { readSymlink } from './read-symlink.ts';
import { requireStore } from './require-store.ts';
import { storeRegular, storeSymlink } from './store-content.ts';
import type { Headed, IngestJob, StoredContent } from './store-content.ts';
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
  const job: FileJob = {
    context,
    batch,
    writer: new ObjectWriter(batch.target, context.plainModes.of(batch.target)),
    headers: new ContentHeaders(batch.action === 'store' ? batch.target.mode : undefined),
    destinationDevice: deviceOf(batch),
  };
  const checksums = Buffer.from(result.checksums.buffer);
  const failures = forEachFile(context, batch, (file) => {
    const { stored, isSettled } = ingestOne(job, file);
    checksums.write(stored.name, file.index * CHECKSUM_BYTES, CHECKSUM_BYTES, 'hex');
    result.outcomes[file.index] = INGEST[stored.outcome];
    result.sizes[file.index] = stored.sizeBytes;
    result.storedSizes[file.index] = stored.storedBytes;
    result.settled[file.index] = isSettled ? 1 : 0;
  });
  return { ...result, failures };
}

/** Throws CAPABILITY_MISSING for what only extended attributes can do. */
export function refuseImpossible(context: BatchContext, batch: Pick<IngestBatch, 'xattrs' | 'action' | 'target' | 'addedXattrs'>): void {
  const { xattrs, action, target } = batch;
  if (xattrs === 'read') throw refuseXattrs(context.engine);
  const writesXattrs = target.mode === 'bare-user' || target.mode === 'bare-split-xattrs';
  if (batch.addedXattrs !== undefined && action === 'store' && target.mode === 'bare') throw refuseXattrs(context.engine);
  if (action === 'store' && writesXattrs) throw refuseMode(context.engine, target.mode);
}

/** Only a consuming batch needs to know whether sources can be moved into the store. */
function deviceOf(batch: IngestBatch): number {
  return consumes(batch) ? statSync(batch.target.destination).dev : -1;
}

function consumes({ consume, action }: IngestBatch): boolean {
  return consume && action === 'store';
}

interface Ingested {
  readonly stored: StoredContent;
  readonly isSettled: boolean;
}

/** The job of a batch of files on disk. */
interface FileJob extends IngestJob {
  readonly batch: IngestBatch;
  readonly headers: ContentHeaders;
  /** Device number of the destination; -1 where nothing is consumed. */
  readonly destinationDevice: number;
}

function ingestOne(job: FileJob, file: BatchFile): Ingested {
  const attributes = attributesOf(job.batch, file);
  if (isSymlink(attributes.mode)) return ingestSymlink(job, file, attributes);
  if (isRegular(attributes.mode)) return ingestRegular(job, file, job.headers.ofRegular(attributes, addedXattrs(job.batch, file)));
  job.headers.check(attributes, addedXattrs(job.batch, file));
  throw new CoppiceError('FILE_TYPE_UNSUPPORTED', `unsupported file type: ${fileTypeWords(attributes.mode)}`);
}

function attributesOf({ attributes }: IngestBatch, { index }: BatchFile): Attributes {
  const [uid = 0, gid = 0, mode = 0] = attributes.subarray(index * 3, index * 3 + 3);
  return { uid, gid, mode };
}

function addedXattrs({ addedXattrs: lists, addedXattrEnds: ends }: IngestBatch, { index }: BatchFile): Uint8Array {
  return lists?.subarray(index === 0 ? 0 : ends?.[index - 1], ends?.[index]) ?? NO_XATTRS;
}

function ingestSymlink(job: FileJob, file: BatchFile, attributes: Attributes): Ingested {
  const headed = job.headers.ofSymlink(attributes, readSymlink(file.path), addedXattrs(job.batch, file));
  const isSettled = hasWitness(job) && isWitnessed(job.batch, file.index, lstatSync(file.path, { bigint: true }));
  const stored = storeSymlink(job, headed);
  if (consumes(job.batch)) unlinkSync(file.path);
  return { stored, isSettled };
}

function hasWitness({ batch }: FileJob): boolean {
  return batch.witnesses !== undefined;
}

function ingestRegular(job: FileJob, file: BatchFile, headed: Headed): Ingested {
  const fd = openSync(file.path, OPEN_SOURCE);
  try {
    const { sizeBytes, isSettled } = look(job, file, fd);
    const adoption = consumes(job.batch) ? adoptionOf(job, file, fd) : undefined;
    const stored = storeRegular(job, headed, { fd, sizeBytes, adoption });
    if (consumes(job.batch)) succeeds(() => unlinkSync(file.path), 'ENOENT'); // gone where it was adopted
    return { stored, isSettled };
  } finally {
    closeSync(fd);
  }
}

interface Look {
  readonly sizeBytes: number;
  readonly isSettled: boolean;
}

/** What one stat tells; only a witness needs the exact one. */
function look(job: FileJob, { index }: BatchFile, fd: number): Look {
  if (!hasWitness(job)) return { sizeBytes: regularSize(fstatSync(fd)), isSettled: false };
  const stats = fstatSync(fd, { bigint: true });
  return { sizeBytes: regularSize(stats), isSettled: isWitnessed(job.batch, index, stats) };
}

function regularSize({ mode, size }: Stats | BigIntStats): number {
  assertRegular(Number(mode));
  return Number(size);
}

/** Throws FILE_CHANGED for what is no regular file any more. */
export function assertRegular(mode: number): void {
  if (!isRegular(mode)) throw new CoppiceError('FILE_CHANGED', `it was a regular file and is now a ${fileTypeWords(mode)}`);
}

function adoptionOf({ batch, destinationDevice }: FileJob, { path }: BatchFile, fd: number): Adoption | undefined {
  const stats = fstatSync(fd);
  return isAdoptable(batch, stats, destinationDevice) ? { path, stats } : undefined;
}
