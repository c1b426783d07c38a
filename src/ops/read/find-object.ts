import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { hasObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';

const METADATA_TYPES = [OBJECT_TYPE.commit, OBJECT_TYPE.dirmeta, OBJECT_TYPE.dirtree] as const;

/** A type that `show` can print. */
export type ShownType = (typeof METADATA_TYPES)[number] | typeof OBJECT_TYPE.file;

/** The type of the metadata object with this checksum; `file` when there is none, whether or not a file has it. */
export function findObjectType(repo: Repo, checksum: Checksum): ShownType {
  return METADATA_TYPES.find((type) => hasObject(repo, type, checksum)) ?? OBJECT_TYPE.file;
}
