import type { LabelSpec } from './label-spec.ts';
import { translatePcre } from './translate-pcre.ts';

/** Up to where a pattern is plain text; a quantifier may take the last character back. */
const PLAIN = /^[^.^$?*+|[({\\)]*/;
const QUANTIFIER = /^[?*{]/;

/** A spec ready to be compared with paths. Its expression is compiled when a path gets so far. */
export class LabelPattern {
  readonly stem: string | undefined;
  readonly context: string | undefined;
  readonly #type: number;
  readonly #pattern: string;
  /** What every path that matches begins with, behind the stem: policies have thousands of patterns. */
  readonly #start: string;
  readonly #isPlain: boolean;
  #expression: RegExp | undefined;

  constructor({ stem, pattern, type, context }: LabelSpec) {
    this.stem = stem;
    this.context = context;
    this.#type = type;
    this.#pattern = pattern;
    this.#start = plainStart(pattern);
    this.#isPlain = this.#start === pattern;
  }

  /** Type bits; 0 for a file of unknown type. */
  isFor(type: number): boolean {
    return type === 0 || this.#type === 0 || type === this.#type;
  }

  /** Whether the pattern is one for the path, which lies below the stem if there is one. */
  matches(path: string): boolean {
    const skipped = this.stem?.length ?? 0;
    if (!path.startsWith(this.#start, skipped)) return false;
    if (this.#isPlain && path.length === skipped + this.#start.length) return true;
    this.#expression ??= translatePcre(`^${this.#pattern}$`);
    return this.#expression.test(path.slice(skipped));
  }
}

function plainStart(pattern: string): string {
  if (pattern.includes('|')) return '';
  const [plain = ''] = PLAIN.exec(pattern) ?? [];
  return QUANTIFIER.test(pattern.slice(plain.length)) ? plain.slice(0, -1) : plain;
}
