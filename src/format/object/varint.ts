import { formatInvalid } from '../format-error.ts';

const PAYLOAD_BITS = 128;
const MAX_BYTES = 10;

export interface Varint {
  readonly value: number;
  /** Offset of the byte behind it. */
  readonly next: number;
}

/** Appends an unsigned LEB128 number: seven bits a byte, lowest first, the top bit set on all but the last. */
export function pushVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= PAYLOAD_BITS) {
    out.push((rest % PAYLOAD_BITS) | 0x80);
    rest = Math.floor(rest / PAYLOAD_BITS);
  }
  out.push(rest);
}

/** Reads an unsigned LEB128 number; throws FORMAT_INVALID when it is cut off or above 2^53 - 1. */
export function readVarint(bytes: Uint8Array, offset: number): Varint {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_BYTES; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) throw formatInvalid('varint', 'it is cut off');
    value += (byte & 0x7f) * scale;
    if (!Number.isSafeInteger(value)) break;
    if (byte < 0x80) return { value, next: offset + i + 1 };
    scale *= PAYLOAD_BITS;
  }
  throw formatInvalid('varint', 'it is too large');
}
