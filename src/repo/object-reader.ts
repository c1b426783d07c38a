import type { Checksum } from '../base/checksum.ts';
import { isCoppiceError } from '../base/errors.ts';
import { readCommit } from '../format/object/commit.ts';
import type { Commit } from '../format/object/commit.ts';
import { readDirmeta } from '../format/object/dirmeta.ts';
import type { Dirmeta } from '../format/object/dirmeta.ts';
import { readDirtree } from '../format/object/dirtree.ts';
import type { Dirtree } from '../format/object/dirtree.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';
import { findMetadata } from './metadata-reader.ts';
import { corruptObject } from './object-fault.ts';
import type { Repo } from './repo.ts';

export { openContent, readFileInfo } from './content-reader.ts';
export type { FileInfo, FileInfoOptions } from './file-info.ts';
export { estimateObjects, listChecksums, listObjects } from './list-objects.ts';
export { readMetadataIfPresent, readMetadataObject } from './metadata-reader.ts';
export { corruptObject, missingObject } from './object-fault.ts';
export { findObject, hasObject, objectPath } from './object-location.ts';

/** Throws OBJECT_MISSING, or OBJECT_CORRUPT unless the object is a commit in normal form. */
export function readCommitObject(repo: Repo, checksum: Checksum): Commit {
  return readParsed(repo, OBJECT_TYPE.commit, checksum, readCommit);
}

/** Throws OBJECT_MISSING, or OBJECT_CORRUPT unless the object is a dirtree in normal form with valid, sorted names. */
export function readDirtreeObject(repo: Repo, checksum: Checksum): Dirtree {
  return readParsed(repo, OBJECT_TYPE.dirtree, checksum, readDirtree);
}

/** Throws OBJECT_MISSING, or OBJECT_CORRUPT unless the object is a dirmeta in normal form with a directory's mode. */
export function readDirmetaObject(repo: Repo, checksum: Checksum): Dirmeta {
  return readParsed(repo, OBJECT_TYPE.dirmeta, checksum, readDirmeta);
}

/** Parses with `parse`; its FORMAT_INVALID becomes OBJECT_CORRUPT with the object's name and path. */
function readParsed<T>(repo: Repo, type: ObjectType, checksum: Checksum, parse: (bytes: Uint8Array) => T): T {
  const { bytes, path } = findMetadata(repo, type, checksum);
  try {
    return parse(bytes);
  } catch (cause) {
    throw isCoppiceError(cause) ? corruptObject(type, checksum, { path, cause }) : cause;
  }
}
