import { CoppiceError } from '../../base/errors.ts';
import { doubleText } from './double-text.ts';
import { parseType } from './type-string.ts';
import type { BasicCode, GType } from './type-string.ts';
import { isValueList, isVariant } from './value.ts';
import type { Value } from './value.ts';

export interface PrintOptions {
  /** Adds types where the text alone would not tell them (`uint64 5`, `@as []`). Default true, as ostree prints. */
  readonly annotate?: boolean;
}

/** Prints a value in GLib's text format, letter for letter as g_variant_print. */
export function printVariant(type: string, value: Value, options: PrintOptions = {}): string {
  const printer = new Printer();
  printer.print(parseType(type), value, options.annotate ?? true);
  return printer.text();
}

/** Words in front of a value that is written like one of another type. */
const KEYWORDS: Readonly<Partial<Record<BasicCode, string>>> = {
  y: 'byte ',
  n: 'int16 ',
  q: 'uint16 ',
  u: 'uint32 ',
  h: 'handle ',
  x: 'int64 ',
  t: 'uint64 ',
  o: 'objectpath ',
  g: 'signature ',
};

function mismatch(type: GType): CoppiceError {
  return new CoppiceError('INTERNAL', `cannot print a value as "${type.text}"`);
}

function listOf(type: GType, value: Value): readonly Value[] {
  if (isValueList(value)) return value;
  throw mismatch(type);
}

class Printer {
  readonly #parts: string[] = [];

  text(): string {
    return this.#parts.join('');
  }

  print(type: GType, value: Value, annotate: boolean): void {
    switch (type.kind) {
      case 'basic':
        return this.#put((annotate ? (KEYWORDS[type.code] ?? '') : '') + basicText(type.code, value));
      case 'variant':
        return this.#variant(type, value);
      case 'maybe':
        return this.#maybe(type, type.element, value, annotate);
      case 'array':
        return this.#array(type, type.element, value, annotate);
      case 'entry':
        return this.#members(type, value, annotate, '{}');
      case 'tuple':
        return this.#members(type, value, annotate, '()');
    }
  }

  #put(text: string): void {
    this.#parts.push(text);
  }

  /** A variant's own type is never known from outside, so it is always annotated. */
  #variant(type: GType, value: Value): void {
    if (!isVariant(value)) throw mismatch(type);
    this.#put('<');
    this.print(parseType(value.type), value.value, true);
    this.#put('>');
  }

  /** `just` is left out unless the value would then read as nothing of the wrong depth. */
  #maybe(type: GType, element: GType, value: Value, annotate: boolean): void {
    if (annotate) this.#put(`@${type.text} `);
    if (value === null) return this.#put('nothing');
    const inner = new Printer();
    inner.print(element, unwrapMaybe(element, value), false);
    const text = inner.text();
    this.#put(text.endsWith('nothing') ? `just ${text}` : text);
  }

  #array(type: GType, element: GType, value: Value, annotate: boolean): void {
    if (element.kind === 'entry') return this.#dictionary(type, element.members, value, annotate);
    if (element.text === 'y') return this.#bytes(value, annotate);
    this.#list(type, value, annotate, (item, annotateItem) => this.print(element, item, annotateItem));
  }

  /** Bytes that end in their only NUL are printed as a string. */
  #bytes(value: Value, annotate: boolean): void {
    if (!(value instanceof Uint8Array)) throw mismatch(parseType('ay'));
    if (value.length > 0 && value.indexOf(0) === value.length - 1) return this.#put(byteStringText(value));
    if (value.length === 0) return this.#put(annotate ? '@ay []' : '[]');
    const items = Array.from(value, byteText);
    this.#put(`[${annotate ? 'byte ' : ''}${items.join(', ')}]`);
  }

  /** Only the first item is annotated: the others are of the same type. */
  #list(type: GType, value: Value, annotate: boolean, printItem: (item: Value, annotate: boolean) => void): void {
    const items = listOf(type, value);
    const [open, close] = type.text.startsWith('a{') ? ['{', '}'] : ['[', ']'];
    if (items.length === 0) return this.#put(`${annotate ? `@${type.text} ` : ''}${open}${close}`);
    this.#put(open);
    items.forEach((item, index) => {
      if (index > 0) this.#put(', ');
      printItem(item, annotate && index === 0);
    });
    this.#put(close);
  }

  #dictionary(type: GType, members: readonly GType[], value: Value, annotate: boolean): void {
    const [keyType, valueType] = members;
    if (keyType === undefined || valueType === undefined) throw mismatch(type);
    this.#list(type, value, annotate, (item, annotateItem) => {
      const [key, content] = listOf(type, item);
      this.print(keyType, key ?? null, annotateItem);
      this.#put(': ');
      this.print(valueType, content ?? null, annotateItem);
    });
  }

  #members(
    type: GType & { readonly members: readonly GType[] },
    value: Value,
    annotate: boolean,
    brackets: '()' | '{}',
  ): void {
    const items = listOf(type, value);
    this.#put(brackets.charAt(0));
    type.members.forEach((member, index) => {
      if (index > 0) this.#put(', ');
      this.print(member, items[index] ?? null, annotate);
    });
    if (type.members.length === 1) this.#put(',');
    this.#put(brackets.charAt(1));
  }
}

function unwrapMaybe(element: GType, value: Value): Value {
  return element.kind === 'maybe' ? (listOf(element, value)[0] ?? null) : value;
}

function basicText(code: BasicCode, value: Value): string {
  if (typeof value === 'string') return code === 's' ? stringText(value) : `'${value}'`;
  if (typeof value === 'number' && code === 'y') return byteText(value);
  if (typeof value === 'number' && code === 'd') return pointedDouble(value);
  if (typeof value === 'object') throw mismatch(parseType(code));
  return String(value);
}

function byteText(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** A double always has a point, an exponent or a letter, so that it does not read as an integer. */
function pointedDouble(value: number): string {
  const text = doubleText(value);
  return /[.enN]/.test(text) ? text : `${text}.0`;
}

const STRING_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** Single quotes unless the text has one; what cannot be printed (g_unichar_isprint) is escaped. */
function stringText(text: string): string {
  const quote = text.includes("'") ? '"' : "'";
  const body = text.replace(/["'\\]|[\p{Cc}\p{Cf}\p{Cn}\p{Cs}]/gu, (char) => escapeChar(char, quote));
  return quote + body + quote;
}

function escapeChar(char: string, quote: string): string {
  if (char === '"' || char === "'") return char === quote ? `\\${char}` : char;
  if (char === '\\') return '\\\\';
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return STRING_ESCAPES.get(char) ?? (code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`);
}

/** Escapes as g_strescape: octal for what is not ASCII, `"` always. */
function byteStringText(bytes: Uint8Array): string {
  const body = Array.from(bytes.subarray(0, -1), escapeByte).join('');
  const quote = bytes.includes(0x27) ? '"' : "'";
  return `b${quote}${body}${quote}`;
}

const BYTE_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

function escapeByte(byte: number): string {
  const known = BYTE_ESCAPES.get(byte);
  if (known !== undefined) return known;
  return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
}
