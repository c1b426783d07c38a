import { closeSync, fstatSync, openSync, unlinkSync } from 'node:fs';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { fileTypeWords, isRegular, isSymlink } from '../../base/unix-mode.ts';
import { refuseMode, refuseXattrs } from '../capability.ts';
import { INGEST } from '../engine.ts';
import type { Failure, IngestBytesBatch, IngestResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { hashPrefix } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { OPEN_SOURCE, succeeds } from './file-io.ts';
import { checkKeepable } from './keepable.ts';
import { ObjectWriter } from './object-writer.ts';
import { requireStore } from './require-store.ts';
import { storeBytes, storeRegular, storeSymlink } from './store-content.ts';
import type { IngestJob, StoredContent } from './store-content.ts';

/** Stores contents that come from a stream; see `Engine.ingestBytes`. */
export function ingestBytes(context: BatchContext, batch: IngestBytesBatch): IngestResult {
  const { target } = batch;
  if (target.mode === 'bare-user' || target.mode === 'bare-split-xattrs') throw refuseMode(context.engine, target.mode);
  if (target.mode === 'bare' && batch.xattrs.length > 0) throw refuseXattrs(context.engine);
  requireStore(...target.objects, target.destination, target.tmp);
  const count = batch.ends.length;
  const result = {
    checksums: new Uint8Array(count * CHECKSUM_BYTES),
    outcomes: new Uint8Array(count).fill(INGEST.failed),
    sizes: new Float64Array(count),
    storedSizes: new Float64Array(count),
    settled: new Uint8Array(count),
  };
  const job: IngestJob = { context, batch: { action: 'store', target }, writer: new ObjectWriter(target) };
  const [names, spilled, failures] = [unpackNames(batch.names), unpackNames(batch.spilled), [] as Failure[]];
  for (let index = 0; index < count; index++) {
    try {
      const stored = ingestOne(job, batch, { index, spilled: spilled[index] ?? '' });
      result.checksums.set(Buffer.from(stored.name.slice(0, 64), 'hex'), index * CHECKSUM_BYTES);
      result.outcomes[index] = INGEST[stored.outcome];
      result.sizes[index] = stored.sizeBytes;
      result.storedSizes[index] = stored.storedBytes;
    } catch (error) {
      failures.push(toFailure(index, names[index] ?? '', error));
    }
  }
  return { ...result, failures };
}

interface Member {
  readonly index: number;
  readonly spilled: string;
}

function ingestOne(job: IngestJob, batch: IngestBytesBatch, { index, spilled }: Member): StoredContent {
  const [uid = 0, gid = 0, mode = 0] = batch.attributes.subarray(index * 3, index * 3 + 3);
  const xattrs = batch.xattrs.subarray(batch.xattrEnds[index - 1] ?? 0, batch.xattrEnds[index]);
  const content = batch.bytes.subarray(batch.ends[index - 1] ?? 0, batch.ends[index]);
  const header: ContentHeader = { uid, gid, mode, symlinkTarget: isSymlink(mode) ? symlinkTarget(content) : '', xattrs };
  checkKeepable(job.batch.target.mode, header);
  const headed = { header, prefix: hashPrefix(header) };
  if (isSymlink(mode)) return storeSymlink(job, headed);
  if (!isRegular(mode)) throw new CoppiceError('FILE_TYPE_UNSUPPORTED', `unsupported file type: ${fileTypeWords(mode)}`);
  return spilled === '' ? storeBytes(job, headed, content) : storeSpilled(job, headed, spilled);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function symlinkTarget(bytes: Uint8Array): string {
  const text = decodeTarget(bytes);
  if (text !== '' && !text.includes('\0')) return text;
  throw new CoppiceError('PATH_INVALID', 'symlink target is empty or contains a NUL byte');
}

function decodeTarget(bytes: Uint8Array): string {
  try {
    return decoder.decode(Uint8Array.from(bytes)); // a copy: the decoder takes no shared memory
  } catch {
    throw new CoppiceError('PATH_INVALID', 'symlink target is not UTF-8');
  }
}

/** Moves a spilled file into the store, or reads it; then it is gone. */
function storeSpilled(job: IngestJob, headed: { header: ContentHeader; prefix: Uint8Array }, name: string): StoredContent {
  const fault = fileNameFault(name);
  if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault);
  const path = `${job.batch.target.tmp}/${name}`;
  const fd = openSync(path, OPEN_SOURCE);
  try {
    const stats = fstatSync(fd);
    const adoption = job.batch.target.mode === 'archive' ? undefined : { path, stats };
    const stored = storeRegular(job, headed, { fd, sizeBytes: stats.size, adoption });
    succeeds(() => unlinkSync(path), 'ENOENT'); // gone where it was moved
    return stored;
  } finally {
    closeSync(fd);
  }
}
