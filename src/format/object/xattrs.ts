import { compareUtf8 } from '../../base/byte-order.ts';
import { CoppiceError } from '../../base/errors.ts';
import { formatInvalid } from '../format-error.ts';
import { framedSize, offsetSizeFor, offsetSizeOf, readOffset, writeOffset } from '../gvariant/framing.ts';
import type { OffsetSize } from '../gvariant/framing.ts';
import { asBuffer, assertEncodable, decodeUtf8 } from '../utf8.ts';

/**
 * Extended attributes, `a(ayay)`: name with its NUL inside the array, then the raw value.
 * Sorted by the bytes of the name, each name once, none empty. No attributes are zero bytes.
 */
export interface Xattr {
  /** Without the NUL. */
  readonly name: string;
  readonly value: Uint8Array;
}

/** Where one attribute stands in the serialised list. */
interface Span {
  readonly start: number;
  /** Index of the NUL behind the name. */
  readonly nameEnd: number;
  readonly valueEnd: number;
}

const WHAT = 'extended attributes';

/** Serialises the list, sorted by name; throws INTERNAL for an empty or repeated name. */
export function writeXattrs(list: readonly Xattr[]): Uint8Array {
  const sorted = list.toSorted((a, b) => compareUtf8(a.name, b.name));
  sorted.forEach((xattr, index) => assertWritable(xattr.name, sorted[index - 1]?.name));
  const elements = sorted.map(writeXattr);
  const bodySize = elements.reduce((sum, element) => sum + element.length, 0);
  const out = new Uint8Array(framedSize(bodySize, elements.length));
  const size = offsetSizeFor(bodySize, elements.length);
  let at = 0;
  elements.forEach((element, index) => {
    out.set(element, at);
    at += element.length;
    writeOffset(out, bodySize + index * size, size, at);
  });
  return out;
}

function assertWritable(name: string, previous: string | undefined): void {
  assertEncodable(name, WHAT);
  if (name !== '' && name !== previous) return;
  throw new CoppiceError('INTERNAL', `extended attribute name "${name}" is ${name === '' ? 'empty' : 'repeated'}`);
}

function writeXattr({ name, value }: Xattr): Uint8Array {
  const encoded = Buffer.from(`${name}\0`);
  const bodySize = encoded.length + value.length;
  const out = new Uint8Array(framedSize(bodySize, 1));
  out.set(encoded);
  out.set(value, encoded.length);
  writeOffset(out, bodySize, offsetSizeFor(bodySize, 1), encoded.length);
  return out;
}

/** The list with those of `added` in it, each in the place of the one of the same name; both are serialised. */
export function replaceXattrs(list: Uint8Array, added: Uint8Array): Uint8Array {
  if (added.length === 0 || list.length === 0) return added.length === 0 ? list : added;
  const merged = new Map([...readXattrs(list), ...readXattrs(added)].map((xattr) => [xattr.name, xattr]));
  return writeXattrs([...merged.values()]);
}

/** Reads a list; throws FORMAT_INVALID unless it is in normal form, sorted and unique. Values share `bytes`. */
export function readXattrs(bytes: Uint8Array): Xattr[] {
  return scanXattrs(bytes).map(({ start, nameEnd, valueEnd }) => ({
    name: decodeUtf8(bytes.subarray(start, nameEnd), WHAT),
    value: bytes.subarray(nameEnd + 1, valueEnd),
  }));
}

/** Throws FORMAT_INVALID unless `readXattrs` would read the list; names that are not UTF-8 pass, as on Linux. */
export function assertXattrs(bytes: Uint8Array): void {
  if (bytes.length > 0) scanXattrs(bytes);
}

function scanXattrs(bytes: Uint8Array): Span[] {
  if (bytes.length === 0) return [];
  const size = offsetSizeOf(bytes.length);
  const bodySize = readOffset(bytes, bytes.length - size, size);
  const count = (bytes.length - bodySize) / size;
  if (!Number.isInteger(count) || count < 1 || framedSize(bodySize, count) !== bytes.length) {
    throw formatInvalid(WHAT, 'the framing of the list is broken');
  }
  return scanElements(bytes, { bodySize, count, size });
}

function scanElements(bytes: Uint8Array, frame: { bodySize: number; count: number; size: OffsetSize }): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (let i = 0; i < frame.count; i++) {
    const end = readOffset(bytes, frame.bodySize + i * frame.size, frame.size);
    if (end <= start || end > frame.bodySize) throw formatInvalid(WHAT, 'an entry ends outside of the list');
    const span = scanElement(bytes, start, end);
    assertAscending(bytes, spans[i - 1], span);
    spans.push(span);
    start = end;
  }
  return spans;
}

function scanElement(bytes: Uint8Array, start: number, end: number): Span {
  const size = offsetSizeOf(end - start);
  const valueEnd = end - size;
  const nameSize = readOffset(bytes, valueEnd, size);
  if (start + nameSize > valueEnd || framedSize(valueEnd - start, 1) !== end - start) {
    throw formatInvalid(WHAT, 'the framing of an entry is broken');
  }
  const nameEnd = start + nameSize - 1;
  if (nameSize < 2 || bytes.indexOf(0, start) !== nameEnd) {
    throw formatInvalid(WHAT, 'a name is empty, or its NUL is not at its end');
  }
  return { start, nameEnd, valueEnd };
}

function assertAscending(bytes: Uint8Array, previous: Span | undefined, span: Span): void {
  if (previous === undefined) return;
  const buffer = asBuffer(bytes);
  const order = buffer.compare(buffer, previous.start, previous.nameEnd, span.start, span.nameEnd);
  // compare(target, targetStart, targetEnd, sourceStart, sourceEnd) tells where the source (this name) stands.
  if (order <= 0) throw formatInvalid(WHAT, order === 0 ? 'a name is repeated' : 'names are not sorted');
}
