import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { unpackNames } from '../../base/name-list.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { Engine, ObjectSource } from '../../engine/engine.ts';

const FAN_OUT = 256;
const CONTENT_NAME = /^[0-9a-f]{62}\.file$/;

/**
 * Which inode is which content object: a file of the source tree that is a hardlink into the repository needs
 * no reading. Checksums lie in one growing buffer; the map holds one number an object.
 */
export class DevinoCache {
  readonly #slots = new Map<string, number>();
  #checksums = new Uint8Array(1024 * CHECKSUM_BYTES);

  /** Reads the names and inodes of every content object of a bare repository. */
  static scan(engine: Engine, source: ObjectSource): DevinoCache {
    const cache = new DevinoCache();
    for (const objects of source.objects) {
      for (let prefix = 0; prefix < FAN_OUT; prefix++) cache.#scanPrefix(engine, objects, hexByte(prefix));
    }
    return cache;
  }

  /** The checksum of the object that is entry `index` of `stats`, if it is one. */
  lookup(stats: Float64Array, index: number): Uint8Array | undefined {
    const slot = this.#slots.get(inodeKey(stats, index));
    return slot === undefined ? undefined : this.#checksums.slice(slot * CHECKSUM_BYTES, (slot + 1) * CHECKSUM_BYTES);
  }

  #scanPrefix(engine: Engine, objects: string, prefix: string): void {
    const { listings } = engine.scan({ root: objects, directories: `${prefix}\0`, xattrs: false });
    const listing = listings[0];
    if (listing === undefined) return;
    for (const [index, name] of unpackNames(listing.names).entries()) {
      if (CONTENT_NAME.test(name)) this.#add(inodeKey(listing.stats, index), prefix + name.slice(0, 62));
    }
  }

  #add(key: string, hex: string): void {
    if (this.#slots.has(key)) return;
    const slot = this.#slots.size;
    if ((slot + 1) * CHECKSUM_BYTES > this.#checksums.length) this.#grow();
    this.#checksums.set(Buffer.from(hex, 'hex'), slot * CHECKSUM_BYTES);
    this.#slots.set(key, slot);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#checksums.length * 2);
    larger.set(this.#checksums);
    this.#checksums = larger;
  }
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function inodeKey(stats: Float64Array, index: number): string {
  const at = index * STAT_FIELDS;
  return `${stats[at + STAT.device]}:${stats[at + STAT.inodeHigh]}:${stats[at + STAT.inodeLow]}`;
}
