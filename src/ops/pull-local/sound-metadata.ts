import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { isCoppiceError } from '../../base/errors.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import { findMetadata } from '../../repo/metadata-reader.ts';
import { corruptObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

export interface SoundMetadata<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/** A metadata object of the source; OBJECT_CORRUPT when its bytes do not give its name, or `parse` fails on them. */
export function readSoundMetadata<T>(source: Repo, type: ObjectType, checksum: Checksum, parse: (bytes: Uint8Array) => T): SoundMetadata<T> {
  const { bytes, path } = findMetadata(source, type, checksum);
  const actual = checksumFromBytes(source.engine.digest(source.algorithm, bytes));
  if (actual !== checksum) throw corruptObject(type, checksum, { path, cause: `it has checksum ${actual}` });
  try {
    return { bytes, value: parse(bytes) };
  } catch (cause) {
    throw isCoppiceError(cause) ? corruptObject(type, checksum, { path, cause }) : cause;
  }
}
