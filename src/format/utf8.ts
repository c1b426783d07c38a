import { formatInvalid } from './format-error.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Views the same memory as a Buffer, whose slices and writes are native code. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Decodes bytes that must be UTF-8 without NUL (GLib's g_utf8_validate); `what` names the format in the error. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  const text = decodeFatal(bytes, what);
  if (text.includes('\0')) throw formatInvalid(what, 'a string contains a NUL byte');
  return text;
}

function decodeFatal(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw formatInvalid(what, 'a string is not UTF-8', { reason: error instanceof Error ? error.message : '' });
  }
}

/** Throws FORMAT_INVALID for text that no NUL-ended UTF-8 string can hold. */
export function assertEncodable(text: string, what: string): void {
  if (text.includes('\0')) throw formatInvalid(what, 'a string contains a NUL byte');
  if (LONE_SURROGATE.test(text)) throw formatInvalid(what, 'a string contains half a surrogate pair');
}
