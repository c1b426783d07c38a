import type { Change } from '../../ops/diff/index.ts';

const LETTERS: Readonly<Record<Change['kind'], string>> = { modified: 'M', removed: 'D', added: 'A' };
const CHUNK_CHARACTERS = 64 * 1024;

/** Text kept as bytes until it is wanted, outside of JavaScript's heap. */
class Spool {
  #chunks: Buffer[] = [];
  #open = '';

  add(text: string): void {
    this.#open += text;
    if (this.#open.length >= CHUNK_CHARACTERS) this.#seal();
  }

  drain(out: (bytes: Uint8Array) => void): void {
    this.#seal();
    for (const chunk of this.#chunks) out(chunk);
    this.#chunks = [];
  }

  #seal(): void {
    if (this.#open !== '') this.#chunks.push(Buffer.from(this.#open));
    this.#open = '';
  }
}

/** Prints `M    /path` lines at once; those of removed and then of added paths come at the end, as in ostree. */
export class ChangePrinter {
  readonly #out: (text: string | Uint8Array) => void;
  readonly #removed = new Spool();
  readonly #added = new Spool();

  constructor(out: (text: string | Uint8Array) => void) {
    this.#out = out;
  }

  print({ kind, path }: Change): void {
    const line = `${LETTERS[kind]}    ${path}\n`;
    if (kind === 'modified') this.#out(line);
    else (kind === 'removed' ? this.#removed : this.#added).add(line);
  }

  end(): void {
    this.#removed.drain(this.#out);
    this.#added.drain(this.#out);
  }
}
