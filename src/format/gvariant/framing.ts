/**
 * Framing offsets: where the variable-sized children of a container end.
 *
 * They stand behind the body, little-endian, each in the fewest of 1, 2, 4 or 8 bytes that count to the size of the
 * whole container. Arrays keep them in order; tuples in reverse, without one for the last member.
 */

const TWO_POW_32 = 0x1_0000_0000;

export type OffsetSize = 0 | 1 | 2 | 4 | 8;

/** Bytes per offset in a container of `containerSize` bytes. */
export function offsetSizeOf(containerSize: number): OffsetSize {
  if (containerSize <= 0) return 0;
  if (containerSize <= 0xff) return 1;
  if (containerSize <= 0xffff) return 2;
  return containerSize < TWO_POW_32 ? 4 : 8;
}

/** Bytes per offset that a writer picks for a body of `bodySize` bytes with `count` offsets behind it. */
export function offsetSizeFor(bodySize: number, count: number): OffsetSize {
  if (bodySize + count <= 0xff) return 1;
  if (bodySize + 2 * count <= 0xffff) return 2;
  return bodySize + 4 * count < TWO_POW_32 ? 4 : 8;
}

/** Size of a container: its body and `count` offsets. */
export function framedSize(bodySize: number, count: number): number {
  return count === 0 ? bodySize : bodySize + count * offsetSizeFor(bodySize, count);
}

/** Reads an offset; the caller knows that `size` bytes are there. Beyond 2^53 the result is merely too large. */
export function readOffset(bytes: Uint8Array, at: number, size: OffsetSize): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

export function writeOffset(bytes: Uint8Array, at: number, size: OffsetSize, value: number): void {
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** The next multiple of `alignment` (a power of two), at or after `position`. */
export function alignUp(position: number, alignment: number): number {
  const over = position % alignment;
  return over === 0 ? position : position + alignment - over;
}
