/**
 * How values of the GVariant types look in JavaScript:
 *
 *     b              boolean
 *     y q u n i      number
 *     t x h          bigint
 *     d              number
 *     s o g          string
 *     v              Variant
 *     ay             Uint8Array
 *     a*             array of values; `a{…}` an array of [key, value], in order
 *     (…) {…}        array of values
 *     m*             null for nothing, else the value; a maybe of a maybe nests as [value]
 */
export type Value = boolean | number | bigint | string | null | Uint8Array | Variant | readonly Value[];

/** A value that carries its type. */
export interface Variant {
  readonly type: string;
  readonly value: Value;
}

export function isVariant(value: Value | undefined): value is Variant {
  return typeof value === 'object' && value !== null && 'type' in value && 'value' in value;
}

/** `Array.isArray` for values, without its leak of `any`. */
export function isValueList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
