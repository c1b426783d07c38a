import { formatInvalid } from '../format-error.ts';
import { readVariant } from '../gvariant/read.ts';
import { isValueList, isVariant } from '../gvariant/value.ts';
import type { Value, Variant } from '../gvariant/value.ts';
import { writeVariant } from '../gvariant/write.ts';

/** One key of an `a{sv}`; the order of the entries is part of the bytes, and so of checksums. */
export type MetadataEntry = readonly [key: string, value: Variant];

const TYPE = 'a{sv}';

/** Serialises an `a{sv}`: detached commit metadata, and the signatures of a summary. */
export function writeCommitmeta(entries: readonly MetadataEntry[]): Uint8Array {
  return writeVariant(TYPE, entries);
}

/** Reads an `a{sv}`, order kept; zero bytes are an empty one. Values share memory with `bytes`. */
export function readCommitmeta(bytes: Uint8Array): MetadataEntry[] {
  return metadataEntries(readVariant(TYPE, bytes), 'commitmeta');
}

/** The value of the first entry with this key. */
export function findMetadata(entries: readonly MetadataEntry[], key: string): Variant | undefined {
  return entries.find(([name]) => name === key)?.[1];
}

/** Sees an already decoded `a{sv}` as entries; `what` names the format in the error. */
export function metadataEntries(value: Value, what: string): MetadataEntry[] {
  if (!isValueList(value)) throw formatInvalid(what, 'metadata is no dictionary');
  return value.map((entry) => metadataEntry(entry, what));
}

function metadataEntry(entry: Value, what: string): MetadataEntry {
  const [key, variant] = isValueList(entry) ? entry : [];
  if (typeof key !== 'string' || !isVariant(variant)) throw formatInvalid(what, 'metadata is no a{sv}');
  return [key, variant];
}
