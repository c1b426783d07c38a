import { formatInvalid } from '../format-error.ts';

/** Bits from the most significant one on, out of one piece of memory; FORMAT_INVALID where it ends too early. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #next = 0;
  #buffer = 0;
  #count = 0;
  /** Zeros that stand in for what is not there; they may be looked at and not taken. */
  #padding = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bits were taken. */
  get bitPosition(): number {
    return this.#next * 8 - (this.#count - this.#padding);
  }

  /** Up to 24 bits; zeros behind the end. */
  peek(count: number): number {
    while (this.#count < count) this.#refill();
    return (this.#buffer >>> (this.#count - count)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    while (this.#count < count) this.#refill();
    this.#count -= count;
    if (this.#count < this.#padding) throw formatInvalid('bzip2 data', 'truncated input');
  }

  /** Up to 24 bits. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  readU32(): number {
    return ((this.read(16) << 16) | this.read(16)) >>> 0;
  }

  /** Drops the bits up to the next whole byte. */
  align(): void {
    this.skip((8 - (this.bitPosition % 8)) % 8);
  }

  #refill(): void {
    const byte = this.#bytes[this.#next];
    if (byte === undefined) this.#padding += 8;
    else this.#next += 1;
    this.#buffer = (this.#buffer << 8) | (byte ?? 0);
    this.#count += 8;
  }
}
