import { CoppiceError } from '../../base/errors.ts';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';
import type { IngestBatch } from '../engine.ts';
import { archivePrefix } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import { adopt } from './adopt.ts';
import type { Adoption } from './adopt.ts';
import type { BatchContext } from './context.ts';
import { readPieces, readPiecesFrom, readToEnd, writeAll } from './file-io.ts';
import { PLAIN_OBJECT } from './object-writer.ts';
import type { ObjectWriter, PhysicalAttributes, Written } from './object-writer.ts';

/** Up to here content that stays uncompressed is read whole, and nothing is written that exists. */
const SMALL_BYTES = 4 * 1024 * 1024;

/** Everything one ingest batch works with. */
export interface IngestJob {
  readonly context: BatchContext;
  readonly batch: Pick<IngestBatch, 'action' | 'target'>;
  readonly writer: ObjectWriter;
}

/** What becomes of one content object. */
export interface StoredContent {
  /** `<64 hex>.file` or `.filez`. */
  readonly name: string;
  readonly outcome: Written;
  readonly sizeBytes: number;
  /** Bytes of the object file of an archive; 0 elsewhere. */
  readonly storedBytes: number;
}

/** The hashed header of an object, and its parts. */
export interface Headed {
  readonly header: ContentHeader;
  readonly prefix: Uint8Array;
}

interface RegularSource {
  /** Open at position 0. */
  readonly fd: number;
  readonly sizeBytes: number;
  readonly adoption: Adoption | undefined;
}

function isArchive({ batch }: IngestJob): boolean {
  return batch.target.mode === 'archive';
}

function objectName(job: IngestJob, hex: string): string {
  return `${hex}.${isArchive(job) ? 'filez' : 'file'}`;
}

/** How a bare object looks on disk, from its header. */
function bareAttributes(job: IngestJob, { uid, gid, mode }: ContentHeader): PhysicalAttributes {
  const owner = job.batch.target.mode === 'bare' ? ([uid, gid] as const) : undefined;
  return { mode: mode & PERMISSION_BITS, owner, zeroTime: true };
}

/**
 * Whether there is nothing to write: hashing only, or the object is there. Whether it is staged is asked where that saves
 * work; else creating the file tells.
 */
function isSettled(job: IngestJob, name: string, symlink = false, saves = isArchive(job)): boolean {
  if (job.batch.action === 'hash') return true;
  return saves ? job.writer.has(name, symlink) : job.writer.isPublished(name, symlink);
}

export function storeSymlink(job: IngestJob, { header, prefix }: Headed): StoredContent {
  const { kernels } = job.context;
  const name = objectName(job, kernels.digestHex(job.batch.target.algorithm, prefix));
  const sizeBytes = Buffer.byteLength(header.symlinkTarget);
  if (isSettled(job, name, !isArchive(job))) return { name, outcome: 'existed', sizeBytes, storedBytes: 0 };
  if (isArchive(job)) {
    const bytes = archivePrefix(header, 0);
    const outcome = job.writer.writeFile(name, PLAIN_OBJECT, bytes);
    return { name, outcome, sizeBytes, storedBytes: bytes.length };
  }
  const { owner } = bareAttributes(job, header);
  return { name, outcome: job.writer.writeSymlink(name, header.symlinkTarget, owner), sizeBytes, storedBytes: 0 };
}

export function storeRegular(job: IngestJob, headed: Headed, source: RegularSource): StoredContent {
  const { wholeFileBytes } = job.context;
  const limit = isArchive(job) && job.batch.action === 'store' ? wholeFileBytes : Math.min(wholeFileBytes, SMALL_BYTES);
  return source.sizeBytes <= limit ? storeWhole(job, headed, source) : storeStreamed(job, headed, source);
}

function storeWhole(job: IngestJob, headed: Headed, source: RegularSource): StoredContent {
  const { scratch } = job.context;
  scratch.take(headed.prefix.length).set(headed.prefix);
  const sizeBytes = readToEnd(source.fd, scratch, headed.prefix.length, source.sizeBytes);
  return settleWhole(job, headed, sizeBytes, source);
}

/** Stores content that is in memory. */
export function storeBytes(job: IngestJob, headed: Headed, content: Uint8Array): StoredContent {
  const buffer = job.context.scratch.take(headed.prefix.length + content.length);
  buffer.set(headed.prefix);
  buffer.set(content, headed.prefix.length);
  return settleWhole(job, headed, content.length);
}

/** Header and content side by side in the scratch buffer: one digest call, and nothing is written that exists. */
function settleWhole(
  job: IngestJob,
  { header, prefix }: Headed,
  sizeBytes: number,
  source?: RegularSource,
): StoredContent {
  const { scratch, kernels } = job.context;
  const whole = scratch.take(0).subarray(0, prefix.length + sizeBytes);
  const name = objectName(job, kernels.digestHex(job.batch.target.algorithm, whole));
  if (isSettled(job, name)) return { name, outcome: 'existed', sizeBytes, storedBytes: 0 };
  if (isArchive(job)) return { name, sizeBytes, ...writeArchive(job, name, header, whole.subarray(prefix.length)) };
  if (source?.adoption === undefined && job.batch.target.mode !== 'bare') {
    const outcome = job.writer.writeContent(name, header.mode & PERMISSION_BITS, whole, prefix.length);
    return { name, outcome, sizeBytes, storedBytes: 0 };
  }
  const attributes = bareAttributes(job, header);
  const outcome = adopted(job, name, attributes, source) ?? job.writer.writeFile(name, attributes, whole.subarray(prefix.length));
  return { name, outcome, sizeBytes, storedBytes: 0 };
}

function writeArchive(
  job: IngestJob,
  name: string,
  header: ContentHeader,
  content: Uint8Array,
): Pick<StoredContent, 'outcome' | 'storedBytes'> {
  const deflated = job.context.kernels.deflateRaw(content, job.batch.target.zlibLevel);
  const bytes = Buffer.concat([archivePrefix(header, content.length), deflated]);
  const outcome = job.writer.writeFile(name, PLAIN_OBJECT, bytes);
  return { outcome, storedBytes: outcome === 'stored' ? bytes.length : 0 };
}

function adopted(
  job: IngestJob,
  name: string,
  attributes: PhysicalAttributes,
  source: RegularSource | undefined,
): Written | undefined {
  if (source?.adoption === undefined) return undefined;
  return adopt(job.writer, name, attributes, { fd: source.fd, ...source.adoption });
}

function storeStreamed(job: IngestJob, headed: Headed, source: RegularSource): StoredContent {
  const isCopied = job.batch.action === 'store' && !isArchive(job) && source.adoption === undefined;
  return isCopied ? storeDraft(job, headed, source.fd) : storeHashed(job, headed, source);
}

/** Reads once for the name and, where the object is missing and has to be written, again for the content. */
function storeHashed(job: IngestJob, headed: Headed, source: RegularSource): StoredContent {
  const { header, prefix } = headed;
  const hasher = job.context.kernels.createHasher(job.batch.target.algorithm);
  hasher.update(prefix);
  const sizeBytes = readPieces(source.fd, job.context.scratch, (piece) => hasher.update(piece));
  const hex = Buffer.from(hasher.digest()).toString('hex');
  const name = objectName(job, hex);
  if (isSettled(job, name, false, true)) return { name, outcome: 'existed', sizeBytes, storedBytes: 0 };
  if (isArchive(job)) return { name, sizeBytes, ...streamArchive(job, header, source.fd, { hex, prefix, sizeBytes }) };
  const outcome = adopted(job, name, bareAttributes(job, header), source);
  return outcome === undefined ? storeDraft(job, headed, source.fd) : { name, outcome, sizeBytes, storedBytes: 0 };
}

/** Reads once, into a file that gets its name when the last byte is hashed; a clone of the source where that can be. */
function storeDraft(job: IngestJob, { header, prefix }: Headed, source: number): StoredContent {
  const { context: { scratch, kernels }, writer } = job;
  const hasher = kernels.createHasher(job.batch.target.algorithm);
  hasher.update(prefix);
  let sizeBytes = 0;
  const fill = (draft: number, isClone: boolean): string => {
    sizeBytes = readPiecesFrom(isClone ? draft : source, 0, scratch, (piece) => {
      hasher.update(piece);
      if (!isClone) writeAll(draft, piece);
    });
    return objectName(job, Buffer.from(hasher.digest()).toString('hex'));
  };
  return { ...writer.writeDraft(bareAttributes(job, header), source, fill), sizeBytes, storedBytes: 0 };
}

/** What the first reading found. */
interface Expected {
  readonly hex: string;
  readonly prefix: Uint8Array;
  readonly sizeBytes: number;
}

/** Reads from the start again; FILE_CHANGED when the content is no longer what the object is named after. */
function rereadChecked(job: IngestJob, fd: number, expected: Expected, sink: (piece: Uint8Array) => void): void {
  const hasher = job.context.kernels.createHasher(job.batch.target.algorithm);
  hasher.update(expected.prefix);
  const length = readPiecesFrom(fd, 0, job.context.scratch, (piece) => {
    hasher.update(piece);
    sink(piece);
  });
  if (length !== expected.sizeBytes || Buffer.from(hasher.digest()).toString('hex') !== expected.hex) {
    throw new CoppiceError('FILE_CHANGED', 'it changed while it was read');
  }
}

function streamArchive(
  job: IngestJob,
  header: ContentHeader,
  source: number,
  expected: Expected,
): Pick<StoredContent, 'outcome' | 'storedBytes'> {
  let storedBytes = 0;
  const outcome = job.writer.writeFile(objectName(job, expected.hex), PLAIN_OBJECT, (fd) => {
    const write = (bytes: Uint8Array): void => {
      writeAll(fd, bytes);
      storedBytes += bytes.length;
    };
    write(archivePrefix(header, expected.sizeBytes));
    const deflate = job.context.kernels.createDeflater(job.batch.target.zlibLevel, write);
    rereadChecked(job, source, expected, (piece) => deflate.push(piece));
    deflate.end();
  });
  return { outcome, storedBytes };
}
