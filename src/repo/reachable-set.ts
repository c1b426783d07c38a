import { ChecksumSet } from '../base/checksum-set.ts';
import { OBJECT_TYPE } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';

/** The types that commits lead to. */
export type ReachableType =
  | typeof OBJECT_TYPE.commit
  | typeof OBJECT_TYPE.dirtree
  | typeof OBJECT_TYPE.dirmeta
  | typeof OBJECT_TYPE.file;

/** Objects by type and checksum, 33 bytes and some air each. */
export class ReachableSet {
  readonly #sets: ReadonlyMap<ObjectType, ChecksumSet> = new Map<ObjectType, ChecksumSet>([
    [OBJECT_TYPE.commit, new ChecksumSet()],
    [OBJECT_TYPE.dirtree, new ChecksumSet()],
    [OBJECT_TYPE.dirmeta, new ChecksumSet()],
    [OBJECT_TYPE.file, new ChecksumSet()],
  ]);

  get size(): number {
    return [...this.#sets.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** Objects of other types are never in the set. */
  has(type: ObjectType, checksum: Uint8Array): boolean {
    return this.#sets.get(type)?.has(checksum) === true;
  }

  /** True when the object was not in the set yet. */
  add(type: ReachableType, checksum: Uint8Array): boolean {
    return this.#sets.get(type)?.add(checksum) === true;
  }
}
