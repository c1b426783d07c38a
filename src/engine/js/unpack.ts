import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { isSymlink } from '../../base/unix-mode.ts';
import { refuseMode } from '../capability.ts';
import type { Failure, ObjectSource, UnpackBatch, UnpackResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import type { ContentHeader } from '../header.ts';
import type { BatchContext } from './context.ts';
import { readPieces } from './file-io.ts';
import { bareHeader, contentExtension, inflateArchive, readArchive, regularDescriptor, withObject } from './object-file.ts';
import type { OpenObject } from './object-file.ts';
import { objectPath } from './object-writer.ts';
import { requireStore } from './require-store.ts';

/** Reads content objects into one buffer; see `Engine.unpack`. */
export function unpack(context: BatchContext, batch: UnpackBatch): UnpackResult {
  const { source, checksums, into } = batch;
  if (source.mode === 'bare-user' || source.mode === 'bare-split-xattrs') throw refuseMode(context.engine, source.mode);
  requireStore(...source.objects);
  const rows = { attributes: [] as number[], sizes: [] as number[], ends: [] as number[], fits: [] as number[] };
  const failures: Failure[] = [];
  let used = 0;
  for (let index = 0; index * CHECKSUM_BYTES < checksums.length; index++) {
    const name = `${Buffer.from(checksums.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES)).toString('hex')}.${contentExtension(source)}`;
    const object = unpackOne(context, { source, name, into, used, index }, failures);
    if (object.bytes <= into.length - used) used += object.bytes;
    else if (object.bytes <= into.length) break;
    rows.attributes.push(object.header.uid, object.header.gid, object.header.mode);
    rows.sizes.push(object.sizeBytes);
    rows.ends.push(used);
    rows.fits.push(object.bytes <= into.length ? 1 : 0);
  }
  return {
    attributes: Uint32Array.from(rows.attributes),
    sizes: Float64Array.from(rows.sizes),
    ends: Uint32Array.from(rows.ends),
    fits: Uint8Array.from(rows.fits),
    failures,
  };
}

interface Wanted {
  readonly source: ObjectSource;
  readonly name: string;
  readonly into: Uint8Array;
  readonly used: number;
  readonly index: number;
}

interface Unpacked {
  readonly header: Pick<ContentHeader, 'uid' | 'gid' | 'mode'>;
  readonly sizeBytes: number;
  /** What it takes in the buffer; it is there only if that much was left. */
  readonly bytes: number;
}

const NOTHING: Unpacked = { header: { uid: 0, gid: 0, mode: 0 }, sizeBytes: 0, bytes: 0 };

function unpackOne(context: BatchContext, wanted: Wanted, failures: Failure[]): Unpacked {
  const { source, name, index } = wanted;
  try {
    const unpackObject = source.mode === 'archive' ? unpackArchive : unpackBare;
    const unpacked = withObject(source, name, (object) => unpackObject(context, wanted, object));
    if (unpacked === undefined) throw new CoppiceError('OBJECT_MISSING', 'no such object');
    return unpacked;
  } catch (error) {
    failures.push(toFailure(index, `${source.objects[0] ?? ''}/${objectPath(name)}`, error));
    return NOTHING;
  }
}

function unpackArchive(context: BatchContext, wanted: Wanted, object: OpenObject): Unpacked {
  const archive = readArchive(context, object);
  return unpackBody(archive.header, archive.sizeBytes, wanted, (sink) => inflateArchive(context, archive, sink));
}

function unpackBare(context: BatchContext, wanted: Wanted, object: OpenObject): Unpacked {
  const header = bareHeader(wanted.source, object);
  if (isSymlink(header.mode)) return unpackBody(header, 0, wanted, () => undefined);
  const fd = regularDescriptor(object);
  return unpackBody(header, object.stats.size, wanted, (sink) => void readPieces(fd, context.scratch, sink));
}

type Read = (sink: (piece: Uint8Array) => void) => void;

function unpackBody(header: ContentHeader, sizeBytes: number, { into, used }: Wanted, read: Read): Unpacked {
  const target = Buffer.from(header.symlinkTarget);
  const bytes = isSymlink(header.mode) ? target.length : sizeBytes;
  if (bytes > into.length - used) return { header, sizeBytes, bytes };
  let at = used;
  const end = used + bytes;
  const write = (piece: Uint8Array): void => {
    if (at + piece.length > end) throw new CoppiceError('FILE_CHANGED', 'it changed while it was read');
    into.set(piece, at);
    at += piece.length;
  };
  if (isSymlink(header.mode)) write(target);
  else read(write);
  if (at !== end) throw new CoppiceError('FILE_CHANGED', 'it changed while it was read');
  return { header, sizeBytes: isSymlink(header.mode) ? 0 : sizeBytes, bytes };
}
