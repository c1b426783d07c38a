import { CHECKSUM_BYTES } from './checksum.ts';

const INITIAL_SLOTS = 1024;
const MAX_LOAD = 0.7;
/** Thirty bits: numbers that V8 keeps in a register. */
const WORD_RANGE = 2 ** 30;

/**
 * Bytes of a checksum that tell it from others where a mistake would leave an object unread and lose none: two of a
 * million million objects have the same with a chance of one in 10^14.
 */
export const HALF_CHECKSUM_BYTES = 16;

/**
 * A set of binary checksums in one flat buffer (open addressing, linear probing).
 *
 * Holds 500,000 expected entries in 24 MB where a `Set<string>` takes over 60 MB. Checksums are uniformly distributed, so their own
 * first thirty bits serve as the hash.
 */
export class ChecksumSet {
  readonly #keyBytes: number;
  #slots: number;
  #bytes: Uint8Array;
  #used: Uint8Array;
  #size = 0;

  /**
   * Grows as needed; one made for as many as are `expected` need not, which takes half as much again while it lasts. `keyBytes`
   * are remembered of each.
   */
  constructor(expected = 0, keyBytes = CHECKSUM_BYTES) {
    this.#keyBytes = keyBytes;
    this.#slots = Math.max(INITIAL_SLOTS, Math.ceil(expected / MAX_LOAD) + 1);
    this.#bytes = new Uint8Array(this.#slots * keyBytes);
    this.#used = new Uint8Array(this.#slots);
  }

  get size(): number {
    return this.#size;
  }

  /** Forgets all, and keeps the room for them. */
  clear(): void {
    this.#used.fill(0);
    this.#size = 0;
  }

  has(checksum: Uint8Array, offset = 0): boolean {
    return this.#used[this.#find(checksum, offset)] === 1;
  }

  /** What is remembered of each, side by side. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#size * this.#keyBytes);
    let end = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#used[slot] !== 1) continue;
      bytes.set(this.#bytes.subarray(slot * this.#keyBytes, (slot + 1) * this.#keyBytes), end);
      end += this.#keyBytes;
    }
    return bytes;
  }

  /** Adds the 32 bytes at `offset`; true when they were not there yet. */
  add(checksum: Uint8Array, offset = 0): boolean {
    const slot = this.#find(checksum, offset);
    if (this.#used[slot] === 1) return false;
    this.#used[slot] = 1;
    this.#put(slot, checksum, offset);
    this.#size += 1;
    if (this.#size > this.#slots * MAX_LOAD) this.#grow();
    return true;
  }

  #find(checksum: Uint8Array, offset: number): number {
    let slot = Math.floor((firstWord(checksum, offset) / WORD_RANGE) * this.#slots);
    while (this.#used[slot] === 1 && !this.#equals(slot, checksum, offset)) slot = slot + 1 === this.#slots ? 0 : slot + 1;
    return slot;
  }

  #equals(slot: number, checksum: Uint8Array, offset: number): boolean {
    const base = slot * this.#keyBytes;
    for (let i = 0; i < this.#keyBytes; i++) if (this.#bytes[base + i] !== checksum[offset + i]) return false;
    return true;
  }

  #grow(): void {
    const [oldBytes, oldUsed, oldSlots] = [this.#bytes, this.#used, this.#slots];
    this.#slots *= 2;
    this.#bytes = new Uint8Array(this.#slots * this.#keyBytes);
    this.#used = new Uint8Array(this.#slots);
    for (let slot = 0; slot < oldSlots; slot++) {
      if (oldUsed[slot] === 1) this.#insertNew(oldBytes, slot * this.#keyBytes);
    }
  }

  #insertNew(source: Uint8Array, offset: number): void {
    const slot = this.#find(source, offset);
    this.#used[slot] = 1;
    this.#put(slot, source, offset);
  }

  /** Byte by byte: a view of them would take longer to make than they to copy. */
  #put(slot: number, source: Uint8Array, offset: number): void {
    const base = slot * this.#keyBytes;
    for (let i = 0; i < this.#keyBytes; i++) this.#bytes[base + i] = source[offset + i] ?? 0;
  }
}

function firstWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 22) | ((bytes[at + 1] ?? 0) << 14) | ((bytes[at + 2] ?? 0) << 6) | ((bytes[at + 3] ?? 0) >>> 2);
}
