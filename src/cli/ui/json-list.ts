/** A JSON array written item by item, one a line, so that a long one needs no memory. */
export class JsonList {
  readonly #out: (text: string) => void;
  #count = 0;

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  add(item: unknown): void {
    this.#out(`${this.#count === 0 ? '[\n' : ',\n'}${JSON.stringify(item)}`);
    this.#count += 1;
  }

  /** Closes the array; an empty one is `[]`. */
  end(): void {
    this.#out(this.#count === 0 ? '[]\n' : '\n]\n');
  }
}
