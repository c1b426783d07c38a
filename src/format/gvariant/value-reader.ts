import { formatInvalid } from '../format-error.ts';
import { asBuffer, decodeUtf8 } from '../utf8.ts';
import { arrayBounds, maybeBounds, tupleBounds, variantParts } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { MAX_DEPTH, isObjectPath, isSignature, parseType } from './type-string.ts';
import type { BasicCode, GType } from './type-string.ts';
import type { Value } from './value.ts';

/**
 * Values made per byte read. A container of one byte can nest a hundred others, so that bytes alone would not bound
 * the memory that hostile input takes.
 */
const VALUES_PER_BYTE = 8;
const SPARE_VALUES = 1024;

/** Reads the value that stands at `bounds` in `bytes`; throws FORMAT_INVALID unless it is in normal form. */
export function readWithin(type: GType, bytes: Uint8Array, bounds: Bounds): Value {
  const budget = { values: (bounds.end - bounds.start) * VALUES_PER_BYTE + SPARE_VALUES };
  return new ValueReader(bytes, budget).read(type, bounds, 0);
}

class ValueReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #buffer: Buffer;
  readonly #budget: { values: number };

  constructor(bytes: Uint8Array, budget: { values: number }) {
    this.#bytes = bytes;
    this.#buffer = asBuffer(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = budget;
  }

  read(type: GType, bounds: Bounds, depth: number): Value {
    this.#budget.values -= 1;
    if (this.#budget.values < 0) throw formatInvalid(type.text, 'it holds too many values for its size');
    if (type.fixedSize !== 0 && bounds.end - bounds.start !== type.fixedSize) {
      throw formatInvalid(type.text, `${bounds.end - bounds.start} bytes instead of ${type.fixedSize}`);
    }
    switch (type.kind) {
      case 'basic':
        return this.#basic(type.code, bounds);
      case 'variant':
        return this.#variant(bounds, depth);
      case 'maybe':
        return this.#maybe(type.element, bounds, depth);
      case 'array':
        return this.#array(type.element, bounds, depth);
      case 'tuple':
      case 'entry':
        break;
    }
    return this.#tuple(type, bounds, depth);
  }

  #basic(code: BasicCode, { start, end }: Bounds): Value {
    switch (code) {
      case 'b':
        return this.#boolean(start);
      case 'y':
        return this.#view.getUint8(start);
      case 'n':
        return this.#view.getInt16(start, true);
      case 'q':
        return this.#view.getUint16(start, true);
      case 'i':
        return this.#view.getInt32(start, true);
      case 'u':
        return this.#view.getUint32(start, true);
      case 'h':
        return BigInt(this.#view.getInt32(start, true));
      case 'x':
        return this.#view.getBigInt64(start, true);
      case 't':
        return this.#view.getBigUint64(start, true);
      case 'd':
        return this.#view.getFloat64(start, true);
      case 's':
      case 'o':
      case 'g':
        break;
    }
    return this.#string(code, start, end);
  }

  #boolean(at: number): boolean {
    const byte = this.#bytes[at] ?? 0;
    if (byte > 1) throw formatInvalid('b', `byte ${byte} is no boolean`);
    return byte === 1;
  }

  #string(code: 's' | 'o' | 'g', start: number, end: number): string {
    if (end <= start || this.#bytes[end - 1] !== 0) throw formatInvalid(code, 'a string does not end in NUL');
    const text = decodeUtf8(this.#bytes.subarray(start, end - 1), code);
    if (code === 'o' && !isObjectPath(text)) throw formatInvalid(code, `"${text}" is no object path`);
    if (code === 'g' && !isSignature(text)) throw formatInvalid(code, `"${text}" is no signature`);
    return text;
  }

  #variant({ start, end }: Bounds, depth: number): Value {
    const { type: text, valueEnd } = variantParts(this.#buffer, start, end);
    const type = parseType(text);
    if (depth + 1 + type.depth > MAX_DEPTH) throw formatInvalid('v', 'variants nest too deeply');
    return { type: text, value: this.read(type, { start, end: valueEnd }, depth + 1) };
  }

  #maybe(element: GType, bounds: Bounds, depth: number): Value {
    const inner = maybeBounds(this.#bytes, element, bounds);
    if (inner === undefined) return null;
    const value = this.read(element, inner, depth + 1);
    return element.kind === 'maybe' ? [value] : value;
  }

  #array(element: GType, bounds: Bounds, depth: number): Value {
    if (element.text === 'y') return this.#bytes.subarray(bounds.start, bounds.end);
    const values: Value[] = [];
    for (const inner of arrayBounds(this.#bytes, element, bounds)) values.push(this.read(element, inner, depth + 1));
    return values;
  }

  #tuple(type: GType & { readonly members: readonly GType[] }, bounds: Bounds, depth: number): Value {
    const inner = tupleBounds(this.#bytes, type, bounds);
    return type.members.map((member, index) => this.read(member, inner[index] ?? bounds, depth + 1));
  }
}
