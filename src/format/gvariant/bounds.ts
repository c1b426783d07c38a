import { formatInvalid } from '../format-error.ts';
import { decodeUtf8 } from '../utf8.ts';
import { alignUp, framedSize, offsetSizeOf, readOffset } from './framing.ts';
import type { OffsetSize } from './framing.ts';
import type { GType } from './type-string.ts';

/**
 * Where the children of a container stand. Everything here checks what GLib calls the normal form: offsets ascend and
 * stay inside, padding is zero, nothing is left over, offsets are as short as they can be.
 *
 * Positions are absolute in `bytes`; as the outermost value starts at 0 and every container is aligned as its
 * children need, alignment by absolute position is alignment inside the container.
 */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

type TupleType = GType & { readonly members: readonly GType[] };

function broken(type: string, reason: string): Error {
  return formatInvalid(type, reason);
}

/** Skips padding up to the alignment; the bytes skipped must be zero and before `limit`. */
function skipPadding(bytes: Uint8Array, from: number, alignment: number, limit: number): number {
  const to = alignUp(from, alignment);
  if (to === from) return from;
  if (to > limit) throw broken('container', 'padding runs over its end');
  for (let at = from; at < to; at++) if (bytes[at] !== 0) throw broken('container', 'padding is not zero');
  return to;
}

/** The array's children, in order. Bounds are checked as the iteration goes; a fixed-size child is only located. */
export function* arrayBounds(bytes: Uint8Array, element: GType, bounds: Bounds): Generator<Bounds> {
  if (element.fixedSize !== 0) yield* fixedBounds(element, bounds);
  else yield* variableBounds(bytes, element, bounds);
}

function* fixedBounds(element: GType, { start, end }: Bounds): Generator<Bounds> {
  const count = fixedCount(element, { start, end });
  for (let i = 0; i < count; i++) {
    yield { start: start + i * element.fixedSize, end: start + (i + 1) * element.fixedSize };
  }
}

/** How many children of fixed size there are. */
export function fixedCount(element: GType, { start, end }: Bounds): number {
  const count = (end - start) / element.fixedSize;
  if (!Number.isInteger(count)) throw broken(`a${element.text}`, 'its size is no multiple of its elements');
  return count;
}

function* variableBounds(bytes: Uint8Array, element: GType, bounds: Bounds): Generator<Bounds> {
  const frame = arrayFrame(bytes, element, bounds);
  let end = bounds.start;
  for (let i = 0; i < frame.count; i++) {
    const inner = childOfFrame(bytes, frame, i, end);
    yield inner;
    end = inner.end;
  }
}

/** An array with children of variable size. */
export interface ArrayFrame {
  readonly element: GType;
  readonly start: number;
  readonly bodyEnd: number;
  readonly count: number;
  readonly offsetSize: OffsetSize;
}

export function arrayFrame(bytes: Uint8Array, element: GType, { start, end }: Bounds): ArrayFrame {
  const offsetSize = offsetSizeOf(end - start);
  if (offsetSize === 0) return { element, start, bodyEnd: start, count: 0, offsetSize };
  const bodySize = end - start < offsetSize ? 0 : readOffset(bytes, end - offsetSize, offsetSize);
  const count = (end - start - bodySize) / offsetSize;
  if (!Number.isInteger(count) || count < 1 || framedSize(bodySize, count) !== end - start) {
    throw broken(`a${element.text}`, 'its framing is broken');
  }
  return { element, start, bodyEnd: start + bodySize, count, offsetSize };
}

/** The child at `index`; `previousEnd` is where the one before it ends. */
export function childOfFrame(bytes: Uint8Array, frame: ArrayFrame, index: number, previousEnd: number): Bounds {
  const { element } = frame;
  const end = frameEnd(bytes, frame, index);
  if (end < previousEnd || end > frame.bodyEnd) throw broken(`a${element.text}`, 'an element ends outside of it');
  return { start: skipPadding(bytes, previousEnd, element.alignment, end), end };
}

/** Where the child at `index` ends by its offset; the array's start for index -1. */
export function frameEnd(bytes: Uint8Array, frame: ArrayFrame, index: number): number {
  if (index < 0) return frame.start;
  return frame.start + readOffset(bytes, frame.bodyEnd + index * frame.offsetSize, frame.offsetSize);
}

/** Bounds of all members of a tuple or dictionary entry. */
export function tupleBounds(bytes: Uint8Array, type: TupleType, bounds: Bounds): Bounds[] {
  const offsetSize = offsetSizeOf(bounds.end - bounds.start);
  const inner: Bounds[] = [];
  let at = bounds.start;
  let tableStart = bounds.end;
  type.members.forEach((member, index) => {
    const start = skipPadding(bytes, at, member.alignment, tableStart);
    const framed = member.fixedSize === 0 && index < type.members.length - 1;
    if (framed) tableStart -= offsetSize;
    if (tableStart < start) throw broken(type.text, 'a member starts outside of it');
    const end = memberEnd(bytes, { member, framed, start, bounds, tableStart, offsetSize });
    if (end < start || end > tableStart) throw broken(type.text, 'a member ends outside of it');
    inner.push({ start, end });
    at = end;
  });
  assertTupleEnd(bytes, type, bounds, { at, tableStart });
  return inner;
}

interface MemberPlace {
  readonly member: GType;
  readonly framed: boolean;
  readonly start: number;
  readonly bounds: Bounds;
  readonly tableStart: number;
  readonly offsetSize: OffsetSize;
}

function memberEnd(bytes: Uint8Array, place: MemberPlace): number {
  if (place.member.fixedSize !== 0) return place.start + place.member.fixedSize;
  if (!place.framed) return place.tableStart;
  return place.bounds.start + readOffset(bytes, place.tableStart, place.offsetSize);
}

function assertTupleEnd(
  bytes: Uint8Array,
  type: TupleType,
  bounds: Bounds,
  { at, tableStart }: { at: number; tableStart: number },
): void {
  if (type.fixedSize !== 0) return assertFixedTail(bytes, type, { start: at, end: bounds.end });
  if (at !== tableStart) throw broken(type.text, 'bytes are left over');
  if (framedSize(at - bounds.start, framedMembers(type)) !== bounds.end - bounds.start) {
    throw broken(type.text, 'its offsets are longer than needed, or missing');
  }
}

/** How many members have an offset. A tuple of no bytes lacks them, which GLib overlooks. */
function framedMembers({ members }: TupleType): number {
  let count = 0;
  for (let i = 0; i < members.length - 1; i++) if (members[i]?.fixedSize === 0) count += 1;
  return count;
}

function assertFixedTail(bytes: Uint8Array, type: TupleType, { start, end }: Bounds): void {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) throw broken(type.text, 'padding is not zero');
}

/** Bounds of what a maybe holds; undefined for nothing. A value of variable size has a zero byte behind it. */
export function maybeBounds(bytes: Uint8Array, element: GType, { start, end }: Bounds): Bounds | undefined {
  if (start === end) return undefined;
  if (element.fixedSize !== 0) return { start, end };
  if (bytes[end - 1] !== 0) throw broken(`m${element.text}`, 'it does not end in a zero byte');
  return { start, end: end - 1 };
}

/** Splits a variant: the value, a zero byte, the type string. */
export function variantParts(buffer: Buffer, start: number, end: number): { type: string; valueEnd: number } {
  const separator = end > start ? buffer.lastIndexOf(0, end - 1) : -1;
  if (separator < start || separator === end - 1) throw broken('v', 'a variant has no type');
  return { type: decodeUtf8(buffer.subarray(separator + 1, end), 'v'), valueEnd: separator };
}
