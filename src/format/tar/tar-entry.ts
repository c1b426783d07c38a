import type { Xattr } from '../object/xattrs.ts';
import { sizeOf } from './header-block.ts';
import type { HeaderBlock } from './header-block.ts';
import { readPaxRecords } from './pax-records.ts';
import type { PaxRecords } from './pax-records.ts';
import { readDecimal, sparseBlocksOf } from './sparse-map.ts';
import type { SparseBlock } from './sparse-map.ts';

export type TarEntryKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'unsupported';

/** One member of an archive. Paths are as they stand there, in bytes. */
export interface TarEntry {
  readonly kind: TarEntryKind;
  readonly path: Buffer;
  /** Of a symlink its target, of a hardlink the path of another entry. */
  readonly linkPath: Buffer;
  /** Twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file, its holes counted, or of a hardlink that brings its content; 0 for everything else. */
  readonly sizeBytes: number;
  /** In the order of the archive; a name may come twice. */
  readonly xattrs: readonly Xattr[];
}

/** An entry with what the reader must know to find its content. */
export interface DescribedEntry {
  readonly entry: TarEntry;
  /** Bytes that follow in the archive, without padding. */
  readonly storedBytes: number;
  /** Where the content has holes; undefined for a plain file. */
  readonly sparse: readonly SparseBlock[] | undefined;
  /** The sparse map stands before the content (pax format 1.0). */
  readonly hasMapInData: boolean;
}

/** A header that tells of the next one. */
export type SpecialHeader =
  | { readonly kind: 'path' | 'link'; readonly bytes: Buffer }
  | { readonly kind: 'pax'; readonly bytes: Buffer };

interface Described {
  path: Buffer;
  linkPath: Buffer;
  size: bigint;
  uid: bigint;
  gid: bigint;
  records: PaxRecords;
}

/**
 * Makes the entry of a header and the special ones before it. `obeysLinkSize` tells that a hardlink may have content,
 * as in archives with pax headers; `oldSparse` is the map of a GNU sparse header.
 */
export function describeEntry(
  block: HeaderBlock,
  specials: readonly SpecialHeader[],
  reading: { readonly obeysLinkSize: boolean; readonly oldSparse: { blocks: SparseBlock[]; sizeBytes: number } | undefined },
): DescribedEntry {
  const described = applySpecials(block, specials);
  const kind = kindOf(block.type, described.path);
  const storedBytes = holdsData(block.type, kind, reading.obeysLinkSize) ? sizeOf(described.size) : 0;
  const pax = paxSparse(described.records);
  const sparse = reading.oldSparse?.blocks ?? pax?.blocks;
  const fileBytes = reading.oldSparse?.sizeBytes ?? pax?.sizeBytes ?? storedBytes;
  const sizeBytes = kind === 'file' ? fileBytes : kind === 'hardlink' ? storedBytes : 0;
  const entry = {
    kind,
    path: described.path,
    linkPath: described.linkPath,
    mode: block.mode,
    uid: Number(BigInt.asUintN(32, described.uid)),
    gid: Number(BigInt.asUintN(32, described.gid)),
    sizeBytes,
    xattrs: xattrsOf(described.records),
  };
  return { entry, storedBytes, sparse: kind === 'file' ? sparse : undefined, hasMapInData: kind === 'file' && pax?.hasMapInData === true };
}

/** The first special header counts most, as in libarchive. */
function applySpecials(block: HeaderBlock, specials: readonly SpecialHeader[]): Described {
  const { path, linkPath, size, uid, gid } = block;
  const described: Described = { path, linkPath, size, uid, gid, records: [] };
  for (const { kind, bytes } of specials.toReversed()) {
    if (kind === 'path') described.path = bytes;
    else if (kind === 'link') described.linkPath = bytes;
    else applyRecords(described, readPaxRecords(bytes));
  }
  return described;
}

function applyRecords(described: Described, records: PaxRecords): void {
  described.records = records;
  for (const [key, value] of records) {
    if (key === 'path') described.path = value;
    else if (key === 'linkpath') described.linkPath = value;
    else if (key === 'size') described.size = BigInt(readDecimal(value));
    else if (key === 'uid') described.uid = readInteger(value);
    else if (key === 'gid') described.gid = readInteger(value);
  }
  const realName = records.find(([key]) => key === 'GNU.sparse.name');
  if (realName !== undefined) described.path = realName[1];
}

function readInteger(text: Buffer): bigint {
  const [digits] = /^-?[0-9]{1,30}/.exec(text.toString('latin1')) ?? ['0'];
  return BigInt(digits);
}

const KINDS: ReadonlyMap<string, TarEntryKind> = new Map([
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'unsupported'],
  ['4', 'unsupported'],
  ['5', 'directory'],
  ['6', 'unsupported'],
  ['D', 'directory'],
  ['M', 'unsupported'],
]);

/** A file whose name ends in a slash is a directory: old programs had no other way to tell. */
function kindOf(type: string, path: Buffer): TarEntryKind {
  return KINDS.get(type) ?? (path.at(-1) === 0x2f ? 'directory' : 'file');
}

function holdsData(type: string, kind: TarEntryKind, obeysLinkSize: boolean): boolean {
  return kind === 'file' || type === 'D' || type === 'M' || (type === '1' && obeysLinkSize);
}

interface PaxSparse {
  readonly blocks: SparseBlock[];
  readonly sizeBytes: number;
  readonly hasMapInData: boolean;
}

function paxSparse(records: PaxRecords): PaxSparse | undefined {
  const find = (name: string): Buffer | undefined => records.find(([key]) => key === `GNU.sparse.${name}`)?.[1];
  const size = find('realsize') ?? find('size');
  if (size === undefined) return undefined;
  const hasMapInData = find('major')?.toString('latin1') === '1';
  return { blocks: hasMapInData ? [] : sparseBlocksOf(records), sizeBytes: readDecimal(size), hasMapInData };
}

const STAR_PREFIX = 'SCHILY.xattr.';
const LIBARCHIVE_PREFIX = 'LIBARCHIVE.xattr.';

function xattrsOf(records: PaxRecords): Xattr[] {
  return records.flatMap(([key, value]): Xattr[] => {
    if (key.startsWith(STAR_PREFIX)) return [{ name: key.slice(STAR_PREFIX.length), value }];
    if (key.startsWith(LIBARCHIVE_PREFIX)) {
      return [{ name: unescapeName(key.slice(LIBARCHIVE_PREFIX.length)), value: Buffer.from(value.toString('latin1'), 'base64') }];
    }
    return key === 'RHT.security.selinux' ? [{ name: 'security.selinux', value }] : [];
  });
}

/** `%XX` stands for a byte. */
function unescapeName(name: string): string {
  return name.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
