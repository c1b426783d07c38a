const FOOTER_BYTES = 12;
const POLYNOMIAL = 0xedb8_8320;

/**
 * Where the first xz stream ends in bytes of which it is known that one ends behind `from`; undefined when none does. Its
 * footer, twelve bytes: CRC32 of the next six (LE), size of the index, flags, `YZ`.
 */
export function endOfXzStream(bytes: Uint8Array, from: number): number | undefined {
  for (let end = Math.max(from + 1, FOOTER_BYTES); end <= bytes.length; end++) if (isFooter(bytes, end - FOOTER_BYTES)) return end;
  return undefined;
}

function isFooter(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 10] !== 0x59 || bytes[at + 11] !== 0x5a) return false;
  return Buffer.from(bytes.subarray(at, at + 4)).readUInt32LE() === crc32(bytes.subarray(at + 4, at + 10));
}

/** Bit by bit: it is asked for six bytes now and then. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return ~crc >>> 0;
}
