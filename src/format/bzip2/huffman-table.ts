import { formatInvalid } from '../format-error.ts';
import type { BitReader } from './bit-reader.ts';

export const MAX_CODE_BITS = 20;

/** A canonical code: the codes of one length are consecutive numbers. */
export class HuffmanTable {
  /** The largest code of each length, −1 where there is none. */
  readonly #limits = new Int32Array(MAX_CODE_BITS + 1).fill(-1);
  /** What is to be added to a code of each length to find its symbol. */
  readonly #shifts = new Int32Array(MAX_CODE_BITS + 1);
  readonly #symbols: Uint16Array;
  readonly #shortest: number;
  readonly #longest: number;

  /** `lengths` are those of the codes of all symbols, 1 to 20. */
  constructor(lengths: Uint8Array) {
    this.#symbols = Uint16Array.from(lengths.keys()).toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
    this.#shortest = Math.min(...lengths);
    this.#longest = Math.max(...lengths);
    this.#number(lengths);
  }

  decode(bits: BitReader): number {
    const window = bits.peek(MAX_CODE_BITS);
    for (let length = this.#shortest; length <= this.#longest; length++) {
      const code = window >>> (MAX_CODE_BITS - length);
      if (code > (this.#limits[length] ?? -1)) continue;
      bits.skip(length);
      const symbol = this.#symbols[code + (this.#shifts[length] ?? 0)];
      if (symbol !== undefined) return symbol;
    }
    throw formatInvalid('bzip2 data', 'a code that no symbol has');
  }

  #number(lengths: Uint8Array): void {
    let code = 0;
    let first = 0;
    for (let length = this.#shortest; length <= this.#longest; length++) {
      const count = lengths.reduce((sum, own) => sum + (own === length ? 1 : 0), 0);
      this.#shifts[length] = first - code;
      if (count > 0) this.#limits[length] = code + count - 1;
      first += count;
      code = (code + count) << 1;
    }
  }
}
