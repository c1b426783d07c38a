import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError, errnoOf } from '../../base/errors.ts';
import { isSymlink, PERMISSION_BITS } from '../../base/unix-mode.ts';
import { capabilityMissing, refuseMode } from '../capability.ts';
import { IMPORT } from '../engine.ts';
import type { Failure, ImportBatch, ImportResult, ObjectSource, StoreMode } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { archivePrefix, hashPrefix } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { readPieces, readPiecesFrom, writeAll } from './file-io.ts';
import { hashContent } from './hash-object.ts';
import { checkCanonicalMode, checkKeepable } from './keepable.ts';
import { bareHeader, contentExtension, findObject, inflateArchive, readArchive, regularDescriptor, withFound } from './object-file.ts';
import type { FoundObject, OpenObject } from './object-file.ts';
import { objectPath, ObjectWriter, PLAIN_OBJECT } from './object-writer.ts';
import type { PhysicalAttributes, Written } from './object-writer.ts';
import { requireStore } from './require-store.ts';

interface ImportJob {
  readonly context: BatchContext;
  readonly batch: ImportBatch;
  readonly writer: ObjectWriter;
}

interface ImportedObject {
  readonly expected: Uint8Array;
  /** In the target. */
  readonly name: string;
  readonly found: FoundObject;
}

/** Content of an object of either kind, piece by piece. */
interface Content {
  readonly header: ContentHeader;
  readonly sizeBytes: number;
  readonly read: (sink: (piece: Uint8Array) => void) => void;
}

interface Imported {
  readonly outcome: number;
  readonly bytesCopied: number;
}

/** After these a copy will do. */
const LINK_REFUSALS: ReadonlySet<string> = new Set(['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP']);

/** Takes content objects over from another repository; see `Engine.importObjects`. */
export function importObjects(context: BatchContext, batch: ImportBatch): ImportResult {
  const { source, target } = batch;
  for (const mode of [source.mode, target.mode]) if (keepsXattrs(mode)) throw refuseMode(context.engine, mode);
  requireStore(...source.objects, ...target.objects, target.destination);
  const count = batch.checksums.length / CHECKSUM_BYTES;
  const outcomes = new Uint8Array(count).fill(IMPORT.failed);
  const failures: Failure[] = [];
  const job = { context, batch, writer: new ObjectWriter(target) };
  let bytesCopied = 0;
  for (let index = 0; index < count; index++) {
    const expected = batch.checksums.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES);
    const name = `${Buffer.from(expected).toString('hex')}.${contentExtension(source)}`;
    try {
      const imported = importOne(job, expected, name);
      outcomes[index] = imported.outcome;
      bytesCopied += imported.bytesCopied;
    } catch (error) {
      failures.push(toFailure(index, `${source.objects[0] ?? ''}/${objectPath(name)}`, error));
    }
  }
  return { outcomes, bytesCopied, failures };
}

function keepsXattrs(mode: StoreMode): boolean {
  return mode === 'bare-user' || mode === 'bare-split-xattrs';
}

function importOne(job: ImportJob, expected: Uint8Array, sourceName: string): Imported {
  const { source, target, link } = job.batch;
  const name = `${sourceName.slice(0, CHECKSUM_BYTES * 2)}.${contentExtension(target)}`;
  if (job.writer.has(name, target.mode !== 'archive')) return { outcome: IMPORT.existed, bytesCopied: 0 };
  const found = findObject(source, sourceName);
  if (found === undefined) throw new CoppiceError('OBJECT_MISSING', 'no such file object');
  const object = { expected, name, found };
  if (job.batch.canonicalModes) checkCanonicalMode(headerOf(job, found));
  const linked = link === 'try' && source.mode === target.mode ? linkObject(job, object) : undefined;
  return linked ?? copyObject(job, object);
}

function headerOf({ context, batch: { source } }: ImportJob, found: FoundObject): ContentHeader {
  if (source.mode !== 'archive') return bareHeader(source, found);
  return withFound(found, (object) => readArchive(context, object).header);
}

function linkObject(job: ImportJob, object: ImportedObject): Imported | undefined {
  if (job.batch.verify) withFound(object.found, (open) => expectHash(job, object, hashContent(job.context, job.batch.source, open).checksum));
  try {
    const written = job.writer.link(object.found.path, object.name);
    return { outcome: written === 'stored' ? IMPORT.linked : IMPORT.existed, bytesCopied: 0 };
  } catch (error) {
    if (LINK_REFUSALS.has(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** A file of a bare repository may have xattrs that belong into its checksum: then this engine cannot tell. */
function expectHash({ context, batch }: ImportJob, { expected }: ImportedObject, actual: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  if (batch.source.mode === 'bare') {
    const reason = `the checksum differs, and the ${context.engine} engine cannot read extended attributes to tell why`;
    throw capabilityMissing(reason, 'Run with `--engine=native`.');
  }
  throw new CoppiceError('OBJECT_CORRUPT', `the object has checksum ${Buffer.from(actual).toString('hex')}`);
}

function copyObject(job: ImportJob, object: ImportedObject): Imported {
  const { source, target } = job.batch;
  const isCompressed = source.mode === 'archive';
  const [written, bytesCopied] =
    isCompressed && target.mode === 'archive'
      ? copyCompressed(job, object)
      : withContent(job, object, (content) => [writeContent(job, object, content), content.sizeBytes] as const);
  return { outcome: written === 'stored' ? IMPORT.copied : IMPORT.existed, bytesCopied };
}

function withContent<Result>({ context, batch }: ImportJob, { found }: ImportedObject, work: (content: Content) => Result): Result {
  const contentOf = batch.source.mode === 'archive' ? archiveContent : bareContent;
  return withFound(found, (object) => work(contentOf(context, batch.source, object)));
}

function archiveContent(context: BatchContext, _: ObjectSource, object: OpenObject): Content {
  const archive = readArchive(context, object);
  return { header: archive.header, sizeBytes: archive.sizeBytes, read: (sink) => inflateArchive(context, archive, sink) };
}

function bareContent(context: BatchContext, source: ObjectSource, object: OpenObject): Content {
  const header = bareHeader(source, object);
  if (isSymlink(header.mode)) return { header, sizeBytes: 0, read: () => undefined };
  const fd = regularDescriptor(object);
  return { header, sizeBytes: object.stats.size, read: (sink) => void readPieces(fd, context.scratch, sink) };
}

function writeContent(job: ImportJob, object: ImportedObject, content: Content): Written {
  const { header } = content;
  checkKeepable(job.batch.target.mode, header);
  if (job.batch.target.mode === 'archive') return writeArchive(job, object, content);
  const owner = job.batch.target.mode === 'bare' ? ([header.uid, header.gid] as const) : undefined;
  if (isSymlink(header.mode)) {
    hashWhile(job, object, content, () => {});
    return job.writer.writeSymlink(object.name, header.symlinkTarget, owner);
  }
  const attributes: PhysicalAttributes = { mode: header.mode & PERMISSION_BITS, owner, zeroTime: true };
  return job.writer.writeFile(object.name, attributes, (fd) => hashWhile(job, object, content, (piece) => writeAll(fd, piece)));
}

function writeArchive(job: ImportJob, object: ImportedObject, content: Content): Written {
  const { zlibLevel } = job.batch.target;
  const sizeBytes = isSymlink(content.header.mode) ? 0 : content.sizeBytes;
  return job.writer.writeFile(object.name, PLAIN_OBJECT, (fd) => {
    writeAll(fd, archivePrefix(content.header, sizeBytes));
    if (isSymlink(content.header.mode)) return hashWhile(job, object, content, () => {});
    if (sizeBytes <= job.context.wholeFileBytes) return writeAll(fd, job.context.kernels.deflateRaw(collect(job, object, content), zlibLevel));
    const deflate = job.context.kernels.createDeflater(zlibLevel, (bytes) => writeAll(fd, bytes));
    hashWhile(job, object, content, (piece) => deflate.push(piece));
    deflate.end();
  });
}

function collect(job: ImportJob, object: ImportedObject, content: Content): Uint8Array {
  const pieces: Buffer[] = [];
  hashWhile(job, object, content, (piece) => pieces.push(Buffer.from(piece))); // the piece lies in a buffer that is used again
  return Buffer.concat(pieces);
}

/** Reads the content into `sink`; OBJECT_CORRUPT afterwards when it does not give the object's name. */
function hashWhile(job: ImportJob, object: ImportedObject, { header, read }: Content, sink: (piece: Uint8Array) => void): void {
  const hasher = job.context.kernels.createHasher(job.batch.source.algorithm);
  hasher.update(hashPrefix(header));
  read((piece) => {
    hasher.update(piece);
    sink(piece);
  });
  expectHash(job, object, hasher.digest());
}

/** The compressed stream is good as it is; it is inflated only to be hashed. */
function copyCompressed(job: ImportJob, object: ImportedObject): readonly [Written, number] {
  const { context, batch, writer } = job;
  return withFound(object.found, (open) => {
    expectHash(job, object, hashContent(context, batch.source, open).checksum);
    const { fd, sizeBytes } = readArchive(context, open);
    const copy = (to: number): void => void readPiecesFrom(fd, 0, context.scratch, (piece) => writeAll(to, piece));
    return [writer.writeFile(object.name, PLAIN_OBJECT, copy), sizeBytes];
  });
}

