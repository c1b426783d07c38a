/** Writes bits, lowest first. What is not a whole byte yet is kept from piece to piece. */

let out: usize = 0;
let bits: u64 = 0;
let count: u32 = 0;

/** Forgets bits that are left. */
export function beginBits(): void {
  bits = 0;
  count = 0;
}

export function writeTo(address: usize): void {
  out = address;
}

/** Where the next byte goes. */
export function writtenTo(): usize {
  return out;
}

/** Bits from the last whole byte on. */
export function pendingBits(): u32 {
  return count;
}

/** At most 56 bits; eight bytes behind the output are written. */
// @ts-ignore: decorator
@inline
export function put(value: u64, width: u32): void {
  bits |= value << <u64>count;
  count += width;
  store<u64>(out, bits);
  out += <usize>(count >> 3);
  bits >>= <u64>(count & ~7);
  count &= 7;
}

/** Zeros up to the next byte. */
export function align(): void {
  if (count > 0) put(0, 8 - count);
}

export function putBytes(from: usize, length: usize): void {
  memory.copy(out, from, length);
  out += length;
}
