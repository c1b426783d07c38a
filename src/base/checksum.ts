import { CoppiceError } from './errors.ts';

declare const checksumBrand: unique symbol;

/** 64 lower-case hexadecimal digits naming an object. Made only by `parseChecksum` and `checksumFromBytes`. */
export type Checksum = string & { readonly [checksumBrand]: true };

/** Bytes in a binary checksum. */
export const CHECKSUM_BYTES = 32;

const CHECKSUM_PATTERN = /^[0-9a-f]{64}$/;

export function isChecksum(text: string): text is Checksum {
  return CHECKSUM_PATTERN.test(text);
}

/** What libostree says of a text that is no checksum; it shows 64 characters of one of another length. */
export function checksumFault(text: string): string {
  if (text.length !== 64) return `Invalid rev ${text.slice(0, 64)}`;
  const [byte] = Buffer.from(/[^0-9a-f]/u.exec(text)?.[0] ?? '');
  return `Invalid character '${byte}' in rev '${text}'`;
}

/** Reads 64 lower-case hex digits; throws CHECKSUM_INVALID for anything else. */
export function parseChecksum(text: string): Checksum {
  if (isChecksum(text)) return text;
  throw new CoppiceError('CHECKSUM_INVALID', `invalid checksum "${text}"`, { facts: { text } });
}

/** The 32 bytes that the checksum names. */
export function checksumToBytes(checksum: Checksum): Uint8Array {
  return Buffer.from(checksum, 'hex');
}

/** Reads 32 bytes at `offset`; throws CHECKSUM_INVALID when fewer are there. */
export function checksumFromBytes(bytes: Uint8Array, offset = 0): Checksum {
  if (offset < 0 || bytes.length - offset < CHECKSUM_BYTES) {
    throw new CoppiceError('CHECKSUM_INVALID', `a checksum takes ${CHECKSUM_BYTES} bytes, got ${bytes.length - offset}`);
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + offset, CHECKSUM_BYTES);
  return view.toString('hex') as Checksum; // 32 bytes always print as 64 lower-case hex digits
}
