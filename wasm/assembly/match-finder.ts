import { CHAIN, HEADS, NEAR_HEADS } from './deflate-map';

/**
 * Earlier bytes that equal those at hand. Positions count through all streams and never begin anew, so that what earlier
 * streams left in the tables is known by its position, and nothing has to be cleared between small files.
 */

/** The farthest that the chain can tell; DEFLATE allows one more. */
export const FARTHEST: u32 = 32767;
export const LONGEST: u32 = 258;

const CHAIN_MASK: u32 = 32767;
const HEAD_SHIFT: u32 = 32 - 15;
const NEAR_SHIFT: u32 = 32 - 14;
const FACTOR: u32 = 0x9e3779b1;

// @ts-ignore: decorator
@inline
function headOf(bytes: u32): usize {
  return HEADS + (<usize>((bytes * FACTOR) >> HEAD_SHIFT) << 2);
}

// @ts-ignore: decorator
@inline
function nearHeadOf(bytes: u32): usize {
  return NEAR_HEADS + (<usize>(((bytes << 8) * FACTOR) >> NEAR_SHIFT) << 2);
}

// @ts-ignore: decorator
@inline
function linkOf(position: u32): usize {
  return CHAIN + (<usize>(position & CHAIN_MASK) << 1);
}

// @ts-ignore: decorator
@inline
function remember(position: u32, head: usize, nearHead: usize, before: u32): void {
  const gap = position - before;
  store<u32>(head, position);
  store<u32>(nearHead, position);
  store<u16>(linkOf(position), gap > FARTHEST ? 0 : <u16>gap);
}

/** Makes positions findable that no match is sought for. */
export function insert(from: u32, to: u32, bias: usize): void {
  for (let position = from; position < to; position++) {
    const bytes = load<u32>(<usize>position + bias);
    const head = headOf(bytes);
    remember(position, head, nearHeadOf(bytes), load<u32>(head));
  }
}

/**
 * The longest match of more than `best` and at most `longest` bytes among `depth` candidates at `low` or later, as its length
 * in the lowest 16 bits and its distance above; 0 where there is none. One of `enough` bytes ends the search. One of three
 * may be from `near` at the farthest. `bias` is what makes a position an address. Four bytes have to be there.
 */
export function findMatch(
  position: u32, bias: usize, low: u32, best: u32, longest: u32, enough: u32, near: u32, depth: u32,
): u32 {
  const at = <usize>position + bias;
  const first = load<u32>(at);
  const head = headOf(first);
  const nearHead = nearHeadOf(first);
  let candidate = load<u32>(head);
  const last3 = load<u32>(nearHead);
  remember(position, head, nearHead, candidate);
  let found: u32 = 0;
  if (best < 3) {
    const distance = position - last3;
    if (last3 >= low && distance <= near && ((load<u32>(<usize>last3 + bias) ^ first) & 0xffffff) == 0) found = (distance << 16) | 3;
    best = 3;
  }
  let last = load<u32>(at + <usize>best - 3);
  while (candidate >= low) {
    const other = <usize>candidate + bias;
    if (load<u32>(other + <usize>best - 3) == last && load<u32>(other) == first) {
      const length = min(sameLength(at, other, longest), longest);
      if (length > best) {
        best = length;
        found = ((position - candidate) << 16) | length;
        if (length >= enough) break;
        last = load<u32>(at + <usize>best - 3);
      }
    }
    if (--depth == 0) break;
    const gap = <u32>load<u16>(linkOf(candidate));
    if (gap == 0) break;
    candidate -= gap;
  }
  return found;
}

/** How many bytes are the same, four at least; up to seven more than `longest` may be told. */
// @ts-ignore: decorator
@inline
function sameLength(at: usize, other: usize, longest: u32): u32 {
  for (let length: usize = 4; length < <usize>longest; length += 8) {
    const difference = load<u64>(at + length) ^ load<u64>(other + length);
    if (difference != 0) return <u32>length + <u32>(ctz(difference) >> 3);
  }
  return longest;
}
