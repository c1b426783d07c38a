import { statSync } from 'node:fs';
import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { looseObjectPath, OBJECT_TYPE } from '../../format/object/object-type.ts';
import type { ObjectType } from '../../format/object/object-type.ts';
import type { SizeEntry } from '../../format/object/sizes.ts';

/** Collects the sizes of every object of a commit, for the commit metadata `ostree.sizes`. */
export class SizeLedger {
  readonly #entries = new Map<Checksum, SizeEntry>();
  readonly #objectDirectories: readonly string[];

  /** `objectDirectories` are asked for the size of objects that were there before. */
  constructor(objectDirectories: readonly string[]) {
    this.#objectDirectories = objectDirectories;
  }

  addMetadata(checksum: Uint8Array, type: ObjectType, bytes: number): void {
    this.#add({ checksum: checksumFromBytes(checksum), type, archivedBytes: bytes, unpackedBytes: bytes });
  }

  addContent(checksum: Uint8Array, unpackedBytes: number, storedBytes: number): void {
    const name = checksumFromBytes(checksum);
    const archivedBytes = storedBytes > 0 ? storedBytes : this.#storedSize(name);
    this.#add({ checksum: name, type: OBJECT_TYPE.file, archivedBytes, unpackedBytes });
  }

  entries(): readonly SizeEntry[] {
    return [...this.#entries.values()];
  }

  #add(entry: SizeEntry): void {
    const known = this.#entries.get(entry.checksum);
    if (known === undefined || known.archivedBytes === 0) this.#entries.set(entry.checksum, entry);
  }

  #storedSize(checksum: Checksum): number {
    const path = looseObjectPath(checksum, OBJECT_TYPE.file, true);
    for (const directory of this.#objectDirectories) {
      const stat = statSync(`${directory}/${path}`, { throwIfNoEntry: false });
      if (stat !== undefined) return stat.size;
    }
    return 0; // written by a batch that is still on its way; that batch brings the size
  }
}
