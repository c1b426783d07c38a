import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { unpackNames } from '../../base/name-list.ts';
import { STAT, STAT_FIELDS } from '../../engine/engine.ts';
import type { Engine, ObjectSource } from '../../engine/engine.ts';
import { findEntries } from '../../fs/find-entries.ts';
import { fanOutNames } from '../../repo/list-objects.ts';
import type { OperationContext } from '../../repo/operation-context.ts';

const FAN_OUT_NAME = /^[0-9a-f]{2}$/;
const CONTENT_NAME = /^[0-9a-f]{62}\.file$/;
/** Device and the two halves of the inode. */
const KEY_FIELDS = 3;
const FIRST_ROOM = 1024;
/** 2^32 over the golden ratio: inodes count up, and neighbours shall not be. */
const SPREAD = 0x9e_37_79_b1;

/**
 * Which inode is which content object: a file of the source tree that is a hardlink into the repository needs
 * no reading. Some 64 to 128 bytes an object, in few buffers.
 */
export class DevinoCache {
  #count = 0;
  #keys = new Float64Array(FIRST_ROOM * KEY_FIELDS);
  #checksums = new Uint8Array(FIRST_ROOM * CHECKSUM_BYTES);
  /** By hash, the number of an object counted from 1; 0 for none. Never more than half full. */
  #slots = new Uint32Array(FIRST_ROOM * 2);

  /** Looks at every content object of a bare repository: by the program `find` where another thread may do that meanwhile. */
  static async scan({ engine, pool }: Pick<OperationContext, 'engine' | 'pool'>, source: ObjectSource): Promise<DevinoCache> {
    const cache = new DevinoCache();
    for (const objects of source.objects) {
      const isWhole = pool.width > 1 && (await cache.#find(objects, () => pool.rest()));
      if (!isWhole) cache.#scan(engine, objects);
    }
    return cache;
  }

  /** The checksum of the object that is entry `index` of `stats`, if it is one. */
  lookup(stats: Float64Array, index: number): Uint8Array | undefined {
    if ((stats[index * STAT_FIELDS + STAT.links] ?? 0) < 2) return undefined;
    const found = (this.#slots[this.#slotOf(stats, index * STAT_FIELDS + STAT.device)] ?? 0) - 1;
    return found < 0 ? undefined : this.#checksums.slice(found * CHECKSUM_BYTES, (found + 1) * CHECKSUM_BYTES);
  }

  async #find(objects: string, rest: () => Promise<void>): Promise<boolean> {
    let prefix = '';
    const add = (depth: number, name: string, stats: Float64Array): void => {
      if (depth === 1) prefix = FAN_OUT_NAME.test(name) ? name : '';
      else if (depth === 2 && prefix !== '') this.#meet(prefix, name, { stats, index: 0 });
    };
    return findEntries(objects, add, rest);
  }

  #scan(engine: Engine, objects: string): void {
    for (const prefix of fanOutNames()) this.#scanPrefix(engine, objects, prefix);
  }

  #scanPrefix(engine: Engine, objects: string, prefix: string): void {
    const { listings } = engine.scan({ root: objects, directories: `${prefix}\0`, xattrs: false });
    const [listing] = listings;
    if (listing === undefined) return;
    for (const [index, name] of unpackNames(listing.names).entries()) this.#meet(prefix, name, { stats: listing.stats, index });
  }

  #meet(prefix: string, name: string, { stats, index }: { readonly stats: Float64Array; readonly index: number }): void {
    if (CONTENT_NAME.test(name)) this.#add(stats, index * STAT_FIELDS + STAT.device, prefix + name.slice(0, 62));
  }

  /** Of two objects with one inode the first that was found counts. */
  #add(stats: Float64Array, keyAt: number, hex: string): void {
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow();
    const slot = this.#slotOf(stats, keyAt);
    if (this.#slots[slot] !== 0) return;
    this.#keys.set(stats.subarray(keyAt, keyAt + KEY_FIELDS), this.#count * KEY_FIELDS);
    Buffer.from(this.#checksums.buffer).write(hex, this.#count * CHECKSUM_BYTES, 'hex');
    this.#count += 1;
    this.#slots[slot] = this.#count;
  }

  /** Where the key that begins at `keyAt` of `numbers` is, or would be put. */
  #slotOf(numbers: Float64Array, keyAt: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(numbers[keyAt + 2] ?? 0, SPREAD) >>> 7 & mask;
    for (;;) {
      const found = this.#slots[slot] ?? 0;
      if (found === 0 || this.#isKey((found - 1) * KEY_FIELDS, numbers, keyAt)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isKey(at: number, numbers: Float64Array, keyAt: number): boolean {
    const keys = this.#keys;
    return keys[at] === numbers[keyAt] && keys[at + 1] === numbers[keyAt + 1] && keys[at + 2] === numbers[keyAt + 2];
  }

  #grow(): void {
    const [keys, checksums] = [this.#keys, this.#checksums];
    this.#keys = new Float64Array(keys.length * 2);
    this.#keys.set(keys);
    this.#checksums = new Uint8Array(checksums.length * 2);
    this.#checksums.set(checksums);
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#count; index++) this.#slots[this.#slotOf(this.#keys, index * KEY_FIELDS)] = index + 1;
  }
}
