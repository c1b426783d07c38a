import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { ChecksumSet } from '../../base/checksum-set.ts';

const SELECTOR_OFFSET = 8;
const SELECTOR_RANGE = 2 ** 32;

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
    this.#met = new ChecksumSet(expected / this.count);
  }

  /** Begins with part `index` and forgets the one before. */
  begin(index: number): void {
    this.#current = index;
    this.#met.clear();
  }

  /** True when the object belongs to this part and was not met yet. */
  meet(checksum: Uint8Array): boolean {
    return (this.count === 1 || this.#partOf(checksum) === this.#current) && this.#met.add(checksum);
  }

  #partOf(checksum: Uint8Array): number {
    const view = new DataView(checksum.buffer, checksum.byteOffset, CHECKSUM_BYTES);
    return Math.floor((view.getUint32(SELECTOR_OFFSET) / SELECTOR_RANGE) * this.count);
  }
}
