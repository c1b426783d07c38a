import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Checksum } from '../base/checksum.ts';
import { errnoOf, fromNodeError } from '../base/errors.ts';
import { MAX_METADATA_BYTES } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { corruptObject, missingObject } from './object-fault.ts';
import { objectPath } from './object-location.ts';
import type { Repo } from './repo.ts';

/** A metadata object as it was found. */
export interface FoundMetadata {
  readonly bytes: Uint8Array;
  readonly path: string;
}

/**
 * The bytes of a metadata object, from this repository or a parent; its checksum is not verified.
 * Throws OBJECT_MISSING, or OBJECT_CORRUPT for one that is larger than anybody may read.
 */
export function readMetadataObject(repo: Repo, type: ObjectType, checksum: Checksum): Uint8Array {
  return findMetadata(repo, type, checksum).bytes;
}

/** As `readMetadataObject`, but undefined when there is none: detached metadata, tombstones. */
export function readMetadataIfPresent(repo: Repo, type: ObjectType, checksum: Checksum): Uint8Array | undefined {
  return findMetadataIfPresent(repo, type, checksum)?.bytes;
}

/** As `readMetadataObject`, with the path of the file that it was read from. */
export function findMetadata(repo: Repo, type: ObjectType, checksum: Checksum): FoundMetadata {
  const found = findMetadataIfPresent(repo, type, checksum);
  if (found === undefined) throw missingObject(type, checksum);
  return found;
}

function findMetadataIfPresent(repo: Repo, type: ObjectType, checksum: Checksum): FoundMetadata | undefined {
  for (let at: Repo | undefined = repo; at !== undefined; at = at.parent) {
    const path = objectPath(at, type, checksum);
    const bytes = readMetadataFile(path, type, checksum);
    if (bytes !== undefined) return { bytes, path };
  }
  return undefined;
}

/** The object's bytes out of a file of its own, wherever that lies; undefined when there is none. */
export function readMetadataFile(path: string, type: ObjectType, checksum: Checksum): Uint8Array | undefined {
  const descriptor = openIfPresent(path);
  if (descriptor === undefined) return undefined;
  try {
    const stat = fstatSync(descriptor);
    const fault = stat.isFile() ? sizeFault(stat.size) : 'it is no regular file';
    if (fault !== undefined) throw corruptObject(type, checksum, { path, cause: fault });
    return readAll(descriptor, stat.size);
  } catch (error) {
    throw fromNodeError(error, path);
  } finally {
    closeSync(descriptor);
  }
}

function sizeFault(size: number): string | undefined {
  return size > MAX_METADATA_BYTES ? `${size} bytes are more than metadata may have (${MAX_METADATA_BYTES})` : undefined;
}

/** A file cut short while it is read comes back short; its parser tells. */
function readAll(descriptor: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(descriptor, bytes, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromNodeError(error, path);
  }
}
