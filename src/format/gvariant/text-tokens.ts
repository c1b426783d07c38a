import { textError } from './text-error.ts';
import type { TextSpan } from './text-error.ts';

export interface Token extends TextSpan {
  /** The characters; empty at the end of the text. */
  readonly text: string;
}

const SPACE = /[ \t\n\v\f\r]/;
const NUMBER = /[-+.0-9A-Za-z]*/y;
const WORD = /[A-Za-z0-9]*/y;

/** Cuts the text form of values into numbers, words, quoted strings, `@types` and single characters. */
export class TokenStream {
  readonly #text: string;
  #at = 0;
  #token: Token | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token, which stays. */
  peek(): Token {
    this.#token ??= this.#cut();
    return this.#token;
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    this.#at = token.end;
    this.#token = undefined;
    return token;
  }

  /** Takes the next token if it is this text. */
  take(text: string): boolean {
    if (this.peek().text !== text) return false;
    this.next();
    return true;
  }

  /** Takes the next token, which must be this text; `purpose` completes the message `expected ','…`. */
  expect(text: string, purpose: string): void {
    if (!this.take(text)) throw textError(this.place(), `expected '${text}'${purpose}`);
  }

  /** Where the next token starts, as an empty span: GLib points there for what is missing. */
  place(): TextSpan {
    const { start } = this.peek();
    return { start, end: start };
  }

  #cut(): Token {
    while (SPACE.test(this.#text.charAt(this.#at))) this.#at += 1;
    const start = this.#at;
    const end = this.#endOf(this.#text.charAt(start), start);
    return { start, end, text: this.#text.slice(start, end) };
  }

  #endOf(first: string, start: number): number {
    if (first === '') return start;
    if (/[-+.0-9]/.test(first)) return this.#match(NUMBER, start);
    const second = this.#text.charAt(start + 1);
    if (first === 'b' && (second === "'" || second === '"')) return this.#quoted(second, start, start + 2);
    if (/[a-z]/.test(first)) return this.#match(WORD, start);
    if (first === "'" || first === '"') return this.#quoted(first, start, start + 1);
    return first === '@' ? this.#typeEnd(start + 1) : start + 1;
  }

  #match(pattern: RegExp, start: number): number {
    pattern.lastIndex = start;
    return start + (pattern.exec(this.#text)?.[0].length ?? 0);
  }

  /** Behind the closing quote, which must be there. */
  #quoted(quote: string, start: number, from: number): number {
    for (let at = from; at < this.#text.length; at++) {
      const char = this.#text.charAt(at);
      if (char === quote) return at + 1;
      if (char === '\\') at += 1;
    }
    throw textError({ start, end: this.#text.length }, 'unterminated string constant');
  }

  /** A type ends at a space, a comma, a colon or a bracket that it did not open. */
  #typeEnd(from: number): number {
    let open = 0;
    for (let at = from; at < this.#text.length; at++) {
      const char = this.#text.charAt(at);
      if (SPACE.test(char) || ',:>]'.includes(char)) return at;
      if (char === '(' || char === '{') open += 1;
      if ((char === ')' || char === '}') && open-- === 0) return at;
    }
    return this.#text.length;
  }
}
