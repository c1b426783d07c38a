import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { hasObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

const METADATA_TYPES = ['commit', 'dirmeta', 'dirtree'] as const;

/** A type that `show` can print. */
export type ShownType = (typeof METADATA_TYPES)[number] | 'file';

/** The type of the metadata object with this checksum; `file` when there is none, whether or not a file has it. */
export function findObjectType(repo: Repo, checksum: Checksum): ShownType {
  return METADATA_TYPES.find((type) => hasObject(repo, OBJECT_TYPE[type], checksum)) ?? 'file';
}
