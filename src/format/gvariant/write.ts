import { CoppiceError } from '../../base/errors.ts';
import { assertEncodable } from '../utf8.ts';
import { alignUp, framedSize, offsetSizeFor, writeOffset } from './framing.ts';
import { MAX_DEPTH, isObjectPath, isSignature, parseType } from './type-string.ts';
import type { BasicCode, GType } from './type-string.ts';
import { isValueList, isVariant } from './value.ts';
import type { Value } from './value.ts';

const INITIAL_BYTES = 256;

/**
 * Serialises a value in normal form, little-endian. Throws INTERNAL when the value is not of the type, FORMAT_INVALID
 * for a string that cannot be one (NUL, half a surrogate pair, no object path).
 */
export function writeVariant(type: string, value: Value): Uint8Array {
  const writer = new ValueWriter();
  writer.write(parseType(type), value, 0);
  return writer.finish();
}

function mismatch(type: string, value: Value): CoppiceError {
  const shown = typeof value === 'object' ? 'a value of another kind' : String(value);
  return new CoppiceError('INTERNAL', `cannot write ${shown} as "${type}"`);
}

/** Ranges of the integers held by numbers, and of those held by bigints. */
const NUMBER_RANGES: Readonly<Partial<Record<BasicCode, readonly [number, number]>>> = {
  y: [0, 0xff],
  n: [-0x8000, 0x7fff],
  q: [0, 0xffff],
  i: [-0x8000_0000, 0x7fff_ffff],
  u: [0, 0xffff_ffff],
};
const BIGINT_RANGES: Readonly<Partial<Record<BasicCode, readonly [bigint, bigint]>>> = {
  h: [-0x8000_0000n, 0x7fff_ffffn],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

/** Grows one buffer; absolute positions are aligned as positions inside any container (see bounds.ts). */
class ValueWriter {
  #bytes = Buffer.alloc(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  #length = 0;

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  write(type: GType, value: Value, depth: number): void {
    if (depth > MAX_DEPTH) throw new CoppiceError('INTERNAL', 'a value nests too deeply');
    switch (type.kind) {
      case 'basic':
        return this.#basic(type.code, value);
      case 'variant':
        return this.#variant(value, depth);
      case 'maybe':
        return this.#maybe(type.element, value, depth);
      case 'array':
        return this.#array(type.element, value, depth);
      case 'tuple':
      case 'entry':
        return this.#tuple(type, value, depth);
    }
  }

  /** Makes room for `size` zero bytes and gives their position. */
  #claim(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = Buffer.alloc(Math.max(this.#length, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
  }

  #align(alignment: number): void {
    this.#claim(alignUp(this.#length, alignment) - this.#length);
  }

  #basic(code: BasicCode, value: Value): void {
    if (typeof value === 'boolean' && code === 'b') return this.#number('y', value ? 1 : 0);
    if (typeof value === 'number') return this.#number(code, value);
    if (typeof value === 'bigint') return this.#bigint(code, value);
    if (typeof value === 'string') return this.#string(code, value);
    throw mismatch(code, value);
  }

  #number(code: BasicCode, value: number): void {
    const [low, high] = NUMBER_RANGES[code] ?? [1, 0];
    if (code !== 'd' && (!Number.isInteger(value) || value < low || value > high)) throw mismatch(code, value);
    const size = code === 'd' ? 8 : code === 'y' ? 1 : code === 'n' || code === 'q' ? 2 : 4;
    const at = this.#claim(size); // first: it may replace the view
    if (size === 8) this.#view.setFloat64(at, value, true);
    else if (size === 1) this.#view.setUint8(at, value);
    else if (size === 2) this.#view.setUint16(at, value & 0xffff, true);
    else this.#view.setUint32(at, value >>> 0, true);
  }

  #bigint(code: BasicCode, value: bigint): void {
    const [low, high] = BIGINT_RANGES[code] ?? [1n, 0n];
    if (value < low || value > high) throw mismatch(code, value);
    const at = this.#claim(code === 'h' ? 4 : 8); // first: it may replace the view
    if (code === 'h') this.#view.setInt32(at, Number(value), true);
    else this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
  }

  #string(code: BasicCode, value: string): void {
    if (code !== 's' && code !== 'o' && code !== 'g') throw mismatch(code, value);
    assertEncodable(value, 'string');
    if (code === 'o' && !isObjectPath(value)) throw mismatch(code, value);
    if (code === 'g' && !isSignature(value)) throw mismatch(code, value);
    const size = Buffer.byteLength(value);
    const at = this.#claim(size + 1);
    this.#bytes.write(value, at);
  }

  #variant(value: Value, depth: number): void {
    if (!isVariant(value)) throw mismatch('v', value);
    const type = parseType(value.type);
    this.write(type, value.value, depth + 1);
    const at = this.#claim(1 + value.type.length);
    this.#bytes.write(value.type, at + 1, 'latin1');
  }

  #maybe(element: GType, value: Value, depth: number): void {
    if (value === null) return;
    this.write(element, element.kind === 'maybe' ? onlyItem(value) : value, depth + 1);
    if (element.fixedSize === 0) this.#claim(1);
  }

  #array(element: GType, value: Value, depth: number): void {
    if (element.text === 'y') return this.#byteArray(value);
    if (!isValueList(value)) throw mismatch(`a${element.text}`, value);
    const start = this.#length;
    const ends: number[] = [];
    for (const item of value) {
      this.#align(element.alignment);
      this.write(element, item, depth + 1);
      ends.push(this.#length - start);
    }
    if (element.fixedSize === 0) this.#offsets(ends, start);
  }

  #byteArray(value: Value): void {
    if (!(value instanceof Uint8Array)) throw mismatch('ay', value);
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
  }

  #tuple(type: GType & { readonly members: readonly GType[] }, value: Value, depth: number): void {
    const { members } = type;
    if (!isValueList(value) || value.length !== members.length) throw mismatch(type.text, value);
    const start = this.#length;
    const ends: number[] = [];
    members.forEach((member, index) => {
      this.#align(member.alignment);
      this.write(member, value[index] ?? null, depth + 1);
      if (member.fixedSize === 0 && index < members.length - 1) ends.push(this.#length - start);
    });
    if (type.fixedSize !== 0) this.#claim(start + type.fixedSize - this.#length);
    else this.#offsets(ends.toReversed(), start);
  }

  #offsets(ends: readonly number[], start: number): void {
    const bodySize = this.#length - start;
    const size = offsetSizeFor(bodySize, ends.length);
    const table = this.#claim(framedSize(bodySize, ends.length) - bodySize);
    ends.forEach((end, index) => writeOffset(this.#bytes, table + index * size, size, end));
  }
}

function onlyItem(value: Value): Value {
  if (isValueList(value) && value.length === 1 && value[0] !== undefined) return value[0];
  throw mismatch('m', value);
}
