import { parseType } from './type-string.ts';
import { readWithin } from './value-reader.ts';
import type { Value } from './value.ts';

export { VariantReader } from './variant-reader.ts';

/**
 * Reads a serialised value; throws FORMAT_INVALID unless the bytes are its normal form, that is exactly what
 * `writeVariant` gives. Little-endian. Byte arrays share memory with `bytes`.
 */
export function readVariant(type: string, bytes: Uint8Array): Value {
  return readWithin(parseType(type), bytes, { start: 0, end: bytes.length });
}
