import { CHECKSUM_BYTES, checksumFromBytes, checksumToBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { formatInvalid } from '../format-error.ts';
import { isValueList } from '../gvariant/value.ts';
import type { Value, Variant } from '../gvariant/value.ts';
import { isObjectType } from './object-type.ts';
import type { ObjectType } from './object-type.ts';
import { pushVarint, readVarint } from './varint.ts';

/**
 * One entry of `ostree.sizes`: what an object of the commit takes on an archive server and unpacked.
 * On the wire: 32-byte checksum, varint archived size, varint unpacked size, type byte (absent in old commits).
 */
export interface SizeEntry {
  readonly checksum: Checksum;
  readonly type: ObjectType | undefined;
  readonly archivedBytes: number;
  readonly unpackedBytes: number;
}

/** Key of the list in commit metadata. */
export const SIZES_KEY = 'ostree.sizes';

/** Serialises the list, sorted by checksum. */
export function writeSizes(list: readonly SizeEntry[]): Variant {
  const sorted = list.toSorted((a, b) => (a.checksum < b.checksum ? -1 : Number(a.checksum > b.checksum)));
  return { type: 'aay', value: sorted.map(writeEntry) };
}

function writeEntry({ checksum, type, archivedBytes, unpackedBytes }: SizeEntry): Uint8Array {
  const out = [...checksumToBytes(checksum)];
  pushVarint(out, archivedBytes);
  pushVarint(out, unpackedBytes);
  if (type !== undefined) out.push(type);
  return Uint8Array.from(out);
}

/** Reads the value of `ostree.sizes`; throws FORMAT_INVALID for another type or a broken entry. */
export function readSizes(variant: Variant): SizeEntry[] {
  if (variant.type !== 'aay' || !isValueList(variant.value)) throw formatInvalid(SIZES_KEY, `type "${variant.type}"`);
  return variant.value.map(readEntry);
}

function readEntry(entry: Value): SizeEntry {
  if (!(entry instanceof Uint8Array) || entry.length < CHECKSUM_BYTES) throw formatInvalid(SIZES_KEY, 'an entry is too short');
  const archived = readVarint(entry, CHECKSUM_BYTES);
  const unpacked = readVarint(entry, archived.next);
  return {
    checksum: checksumFromBytes(entry),
    type: readType(entry, unpacked.next),
    archivedBytes: archived.value,
    unpackedBytes: unpacked.value,
  };
}

function readType(entry: Uint8Array, at: number): ObjectType | undefined {
  const byte = entry[at];
  if (byte === undefined) return undefined;
  if (!isObjectType(byte) || entry.length !== at + 1) throw formatInvalid(SIZES_KEY, 'the end of an entry is no object type');
  return byte;
}
