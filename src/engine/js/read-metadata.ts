import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import { VERIFY } from '../engine.ts';
import type { Failure, ReadMetadataBatch, ReadMetadataResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import type { BatchContext } from './context.ts';
import { readAt } from './file-io.ts';
import { extensionOfType } from './object-extension.ts';
import { regularDescriptor, withObject } from './object-file.ts';
import type { OpenObject } from './object-file.ts';
import { objectPath } from './object-writer.ts';
import { requireStore } from './require-store.ts';

/** OSTREE_MAX_METADATA_SIZE. */
const LARGEST_BYTES = 128 * 1024 * 1024;
const TYPES: ReadonlySet<number> = new Set([2, 3, 4]);

/** Reads metadata objects whole and compares each with its name; see `Engine.readMetadata`. */
export function readMetadata(context: BatchContext, batch: ReadMetadataBatch): ReadMetadataResult {
  if (!TYPES.has(batch.objectType)) {
    throw new CoppiceError('USAGE', `objects of type ${batch.objectType} are not read in batches`);
  }
  requireStore(...batch.source.objects);
  const outcomes: number[] = [];
  const parts: Uint8Array[] = [];
  const ends: number[] = [];
  const failures: Failure[] = [];
  let total = 0;
  for (let at = 0; at < batch.checksums.length && total <= batch.limitBytes; at += CHECKSUM_BYTES) {
    const read = readOne(context, batch, at);
    outcomes.push(read.outcome);
    if (read.failure !== undefined) failures.push(read.failure);
    if (read.bytes !== undefined) parts.push(read.bytes);
    total += read.bytes?.length ?? 0;
    ends.push(total);
  }
  return { outcomes: Uint8Array.from(outcomes), bytes: Buffer.concat(parts), ends: Uint32Array.from(ends), failures };
}

interface ReadObject {
  readonly outcome: number;
  readonly bytes?: Uint8Array;
  readonly failure?: Failure;
}

function readOne(context: BatchContext, { source, objectType, checksums }: ReadMetadataBatch, at: number): ReadObject {
  const expected = checksums.subarray(at, at + CHECKSUM_BYTES);
  const name = `${Buffer.from(expected).toString('hex')}.${extensionOfType(objectType, false) ?? ''}`;
  const path = `${source.objects[0] ?? ''}/${objectPath(name)}`;
  try {
    const bytes = withObject(source, name, (object) => readWhole(context, object));
    if (bytes === undefined) return { outcome: VERIFY.missing };
    const actual = context.kernels.digest(source.algorithm, bytes);
    if (Buffer.compare(actual, expected) !== 0) throw new CoppiceError('FORMAT_INVALID', 'the checksum differs');
    return { outcome: VERIFY.ok, bytes };
  } catch (error) {
    const outcome = isCoppiceError(error, 'FORMAT_INVALID') ? VERIFY.corrupt : VERIFY.failed;
    return { outcome, failure: toFailure(at / CHECKSUM_BYTES, path, error) };
  }
}

function readWhole({ scratch }: BatchContext, object: OpenObject): Uint8Array {
  const [fd, { size }] = [regularDescriptor(object), object.stats];
  if (size > LARGEST_BYTES) {
    throw new CoppiceError('FORMAT_INVALID', `${size} bytes are more than metadata may have (${LARGEST_BYTES})`);
  }
  return Uint8Array.from(readAt(fd, scratch, 0, size));
}
