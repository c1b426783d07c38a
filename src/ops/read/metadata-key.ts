import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import type { Variant } from '../../format/gvariant/value.ts';
import { findMetadata, readCommitmeta } from '../../format/object/commitmeta.ts';
import type { MetadataEntry } from '../../format/object/commitmeta.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { corruptObject } from '../../repo/object-fault.ts';
import { objectPath, readMetadataIfPresent } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

/** The value of a key; throws PATH_NOT_FOUND when it is not there. */
export function metadataValue(entries: readonly MetadataEntry[], key: string): Variant {
  const value = findMetadata(entries, key);
  if (value === undefined) throw new CoppiceError('PATH_NOT_FOUND', `No such metadata key '${key}'`, { facts: { key } });
  return value;
}

/** The detached metadata of a commit, or undefined when it has none; the commit itself need not be there. */
export function readDetachedMetadata(repo: Repo, checksum: Checksum): MetadataEntry[] | undefined {
  const bytes = readMetadataIfPresent(repo, OBJECT_TYPE.commitmeta, checksum);
  if (bytes === undefined) return undefined;
  try {
    return readCommitmeta(bytes);
  } catch (cause) {
    if (!isCoppiceError(cause, 'FORMAT_INVALID')) throw cause;
    throw corruptObject(OBJECT_TYPE.commitmeta, checksum, { path: objectPath(repo, OBJECT_TYPE.commitmeta, checksum), cause });
  }
}
