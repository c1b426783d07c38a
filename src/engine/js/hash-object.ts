import { isSymlink } from '../../base/unix-mode.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { ObjectSource } from '../engine.ts';
import { hashPrefix } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { readPieces, readToEnd } from './file-io.ts';
import { bareHeader, inflatePieces, inflateWhole, readArchive, regularDescriptor } from './object-file.ts';
import type { ArchiveFile, OpenObject } from './object-file.ts';

/** What an object file turns out to be. */
export interface HashedObject {
  readonly checksum: Uint8Array;
  readonly bytesRead: number;
}

/** libostree's cap on metadata objects. */
const MAX_METADATA_BYTES = 128 * 1024 * 1024;

/** Digest of a file's bytes as they are: of a metadata object its checksum. */
export function hashMetadata(context: BatchContext, source: ObjectSource, object: OpenObject): HashedObject {
  const [fd, { size }] = [regularDescriptor(object), object.stats];
  if (size > MAX_METADATA_BYTES) {
    throw new CoppiceError('FORMAT_INVALID', `${size} bytes are too many for a metadata object`);
  }
  const bytesRead = readToEnd(fd, context.scratch, 0, size);
  const bytes = context.scratch.take(0).subarray(0, bytesRead);
  return { checksum: context.kernels.digest(source.algorithm, bytes), bytesRead };
}

/** Checksum of a content object: header and content, whatever the mode keeps them in. */
export function hashContent(context: BatchContext, source: ObjectSource, object: OpenObject): HashedObject {
  if (source.mode === 'archive') return hashArchive(context, source, readArchive(context, object));
  const header = bareHeader(source, object);
  if (!isSymlink(header.mode)) return hashFileAs(context, source, header, { fd: regularDescriptor(object), sizeBytes: object.stats.size });
  const bytesRead = Buffer.byteLength(header.symlinkTarget);
  return { checksum: context.kernels.digest(source.algorithm, hashPrefix(header)), bytesRead };
}

/** Up to here files are read whole: header and content in one digest call. */
const SMALL_BYTES = 1024 * 1024;

/** An open regular file, and the size that a stat of it told. */
interface SizedFile {
  readonly fd: number;
  readonly sizeBytes: number;
}

/** The checksum that a regular file's content has under a given header. */
export function hashFileAs(context: BatchContext, source: ObjectSource, header: ContentHeader, file: SizedFile): HashedObject {
  const { prefix } = context.headers.ofRegular(header, header.xattrs);
  if (file.sizeBytes <= SMALL_BYTES) return hashWhole(context, source, prefix, file);
  const hasher = context.kernels.createHasher(source.algorithm);
  hasher.update(prefix);
  const bytesRead = readPieces(file.fd, context.scratch, (piece) => hasher.update(piece));
  return { checksum: hasher.digest(), bytesRead };
}

function hashWhole({ kernels, scratch }: BatchContext, { algorithm }: ObjectSource, prefix: Uint8Array, file: SizedFile): HashedObject {
  const { length } = prefix;
  scratch.take(length).set(prefix);
  const bytesRead = readToEnd(file.fd, scratch, length, file.sizeBytes);
  return { checksum: kernels.digest(algorithm, scratch.take(0).subarray(0, length + bytesRead)), bytesRead };
}

function hashArchive(context: BatchContext, source: ObjectSource, archive: ArchiveFile): HashedObject {
  const prefix = hashPrefix(archive.header);
  const content = inflateWhole(context, archive);
  const checksum = content === undefined ? streamArchive(context, source, archive) : digestBoth(context, source, prefix, content);
  return { checksum, bytesRead: archive.fileBytes };
}

/** In one piece, which for small ones costs less than a hasher does. */
function digestBoth({ kernels, scratch }: BatchContext, { algorithm }: ObjectSource, prefix: Uint8Array, content: Uint8Array): Uint8Array {
  if (content.length > SMALL_BYTES) return kernels.digest(algorithm, prefix, content);
  const whole = scratch.take(prefix.length + content.length).subarray(0, prefix.length + content.length);
  whole.set(prefix);
  whole.set(content, prefix.length);
  return kernels.digest(algorithm, whole);
}

function streamArchive(context: BatchContext, { algorithm }: ObjectSource, archive: ArchiveFile): Uint8Array {
  const hasher = context.kernels.createHasher(algorithm);
  hasher.update(hashPrefix(archive.header));
  inflatePieces(context, archive, (piece) => hasher.update(piece));
  return hasher.digest();
}
