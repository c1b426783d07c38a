import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';

/** Numbers of libostree's OstreeObjectType; they stand in static deltas and in `ostree.sizes`. */
export const OBJECT_TYPE = {
  file: 1,
  dirtree: 2,
  dirmeta: 3,
  commit: 4,
  tombstoneCommit: 5,
  commitmeta: 6,
  payloadLink: 7,
  fileXattrs: 8,
  fileXattrsLink: 9,
} as const;

export type ObjectType = (typeof OBJECT_TYPE)[keyof typeof OBJECT_TYPE];

const NAMES = [
  'file',
  'dirtree',
  'dirmeta',
  'commit',
  'tombstone-commit',
  'commitmeta',
  'payload-link',
  'file-xattrs',
  'file-xattrs-link',
] as const;

/** libostree's word for a type; outside archive repositories it is the extension of the object's file. */
export type ObjectTypeName = (typeof NAMES)[number];

/** Largest metadata object that anyone reads or writes (OSTREE_MAX_METADATA_SIZE). */
export const MAX_METADATA_BYTES = 128 * 1024 * 1024;

const EXTENSIONS: ReadonlyMap<string, ObjectType> = new Map(NAMES.map((name, index) => [name, (index + 1) as ObjectType]));
const CHECKSUM_DIGITS = 64;

export function isObjectType(value: number): value is ObjectType {
  return Number.isInteger(value) && value >= OBJECT_TYPE.file && value <= OBJECT_TYPE.fileXattrsLink;
}

export function objectTypeName(type: ObjectType): ObjectTypeName {
  return NAMES[type - 1] ?? 'file';
}

/** The type with this name, or undefined. */
export function parseObjectTypeName(name: string): ObjectType | undefined {
  return EXTENSIONS.get(name);
}

/** Whether objects of this type are single variants: dirtree, dirmeta, commit, tombstone-commit, commitmeta. */
export function isMetadataType(type: ObjectType): boolean {
  return type >= OBJECT_TYPE.dirtree && type <= OBJECT_TYPE.commitmeta;
}

/** Extension of the object's file, without the dot; archive repositories add `z` to what is no metadata. */
export function objectExtension(type: ObjectType, archive: boolean): string {
  const name = objectTypeName(type);
  return archive && !isMetadataType(type) ? `${name}z` : name;
}

/** `<64 hex>.<extension>`: the object's name in packed lists. */
export function looseObjectName(checksum: Checksum, type: ObjectType, archive: boolean): string {
  return `${checksum}.${objectExtension(type, archive)}`;
}

/** `XX/<62 hex>.<extension>`: the object's file inside `objects/`. */
export function looseObjectPath(checksum: Checksum, type: ObjectType, archive: boolean): string {
  return `${checksum.slice(0, 2)}/${checksum.slice(2)}.${objectExtension(type, archive)}`;
}

export interface LooseObjectName {
  readonly checksum: Checksum;
  readonly type: ObjectType;
  /** Whether the extension has the `z` of archive repositories. */
  readonly archive: boolean;
}

/** Reads `XX/<62 hex>.<ext>` or `<64 hex>.<ext>`; undefined for any other file, of which `objects/` may hold some. */
export function parseLooseObjectName(name: string): LooseObjectName | undefined {
  const flat = name.charAt(2) === '/' ? name.slice(0, 2) + name.slice(3) : name;
  const checksum = flat.slice(0, CHECKSUM_DIGITS);
  if (flat.charAt(CHECKSUM_DIGITS) !== '.' || !isChecksum(checksum)) return undefined;
  const extension = flat.slice(CHECKSUM_DIGITS + 1);
  const plain = EXTENSIONS.get(extension);
  if (plain !== undefined) return { checksum, type: plain, archive: false };
  return parseArchiveName(checksum, extension);
}

function parseArchiveName(checksum: Checksum, extension: string): LooseObjectName | undefined {
  const type = extension.endsWith('z') ? EXTENSIONS.get(extension.slice(0, -1)) : undefined;
  return type === undefined || isMetadataType(type) ? undefined : { checksum, type, archive: true };
}
