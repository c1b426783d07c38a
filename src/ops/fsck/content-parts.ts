import { ChecksumSet, HALF_CHECKSUM_BYTES } from '../../base/checksum-set.ts';

/** Two bytes of a checksum that tell its part; a set of checksums spreads them by others. */
const SELECTOR_OFFSET = 8;
const SELECTOR_RANGE = 2 ** 16;

/**
 * Which content objects the walk has met. All of them may be more than may be remembered: then the trees are walked once
 * for each part of them, told apart by their checksums, and only those of the part are met.
 */
export class ContentParts {
  readonly count: number;
  #current = 0;
  readonly #met: ChecksumSet;

  /** `expected` objects or fewer, of which `remembered` may be kept in mind; a wrong guess costs memory only. */
  constructor(expected: number, remembered: number) {
    this.count = Math.max(Math.ceil(expected / remembered), 1);
    this.#met = new ChecksumSet(expected / this.count, HALF_CHECKSUM_BYTES);
  }

  /** Begins with part `index` and forgets the one before. */
  begin(index: number): void {
    this.#current = index;
    this.#met.clear();
  }

  /** True when the object whose checksum begins at `at` belongs to this part and was not met yet. */
  meet(bytes: Uint8Array, at = 0): boolean {
    return (this.count === 1 || this.#partOf(bytes, at + SELECTOR_OFFSET) === this.#current) && this.#met.add(bytes, at);
  }

  #partOf(bytes: Uint8Array, at: number): number {
    const selector = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    return Math.floor((selector / SELECTOR_RANGE) * this.count);
  }
}
