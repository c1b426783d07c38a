import { CHECKSUM_BYTES } from '../base/checksum.ts';

const FIRST_CAPACITY = 256;

/** Binary checksums waiting for their turn, the last one first; 32 bytes each. */
export class ChecksumStack {
  #bytes = new Uint8Array(FIRST_CAPACITY * CHECKSUM_BYTES);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  push(checksum: Uint8Array, offset = 0): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes.set(checksum.subarray(offset, offset + CHECKSUM_BYTES), this.#length);
    this.#length += CHECKSUM_BYTES;
  }

  /** Up to `count` checksums, laid end to end in bytes of their own. */
  take(count: number): Uint8Array {
    const start = Math.max(0, this.#length - count * CHECKSUM_BYTES);
    const taken = this.#bytes.slice(start, this.#length);
    this.#length = start;
    return taken;
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
