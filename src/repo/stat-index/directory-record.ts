import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { STAT_FIELDS } from '../../engine/engine.ts';

/** What a commit learned about one directory of its source. */
export interface DirectoryRecord {
  /** A moment before the directory was listed, in milliseconds since 1970: what changed later is not trusted. */
  readonly listedAtMilliseconds: number;
  /** The newest ctime of the directory and of all in it, in milliseconds since 1970; Infinity when one vouches for nothing. */
  readonly changedAtMilliseconds: number;
  /** STAT_FIELDS of the directory itself. */
  readonly self: Float64Array;
  /** Packed names of all entries, in byte order. */
  readonly names: string;
  /** STAT_FIELDS per name. */
  readonly stats: Float64Array;
  /** 32 bytes per name: of a file its content, of a directory its dirtree; zeros for what the commit left out or is not sure of. */
  readonly checksums: Uint8Array;
  /** 32 bytes per directory among the names, in order: its dirmeta. */
  readonly metas: Uint8Array;
  /** The directory's own dirtree and dirmeta, 32 bytes each. */
  readonly tree: Uint8Array;
  readonly meta: Uint8Array;
}

/*
 * Layout of a record, little-endian, private to coppice:
 *   f64  listedAtMilliseconds · f64 changedAtMilliseconds
 *   u32  count of names · u32 bytes of names · u32 count of directories · u32 zero
 *   f64  × STAT_FIELDS  self
 *   f64  × count × STAT_FIELDS  stats
 *   u8   × 32 tree · u8 × 32 meta · u8 × count × 32 checksums · u8 × directories × 32 metas
 *   u8   × bytes of names
 */
const HEADER_BYTES = 32;
const STAT_BYTES = STAT_FIELDS * Float64Array.BYTES_PER_ELEMENT;

const bytesOf = (numbers: Float64Array): Uint8Array => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** How many bytes the encoded record has. */
export function recordBytes({ stats, checksums, metas, names }: DirectoryRecord): number {
  return HEADER_BYTES + STAT_BYTES + stats.byteLength + 2 * CHECKSUM_BYTES + checksums.length + metas.length + Buffer.byteLength(names, 'utf8');
}

/** Fills `bytes`, which has `recordBytes` of them. */
export function encodeRecord(record: DirectoryRecord, bytes: Buffer): void {
  const { self, stats, tree, meta, checksums, metas, names } = record;
  const parts = [bytesOf(self), bytesOf(stats), tree, meta, checksums, metas];
  const nameBytes = bytes.length - parts.reduce((sum, { length }) => sum + length, HEADER_BYTES);
  bytes.writeDoubleLE(record.listedAtMilliseconds, 0);
  bytes.writeDoubleLE(record.changedAtMilliseconds, 8);
  bytes.writeUInt32LE(checksums.length / CHECKSUM_BYTES, 16);
  bytes.writeUInt32LE(nameBytes, 20);
  bytes.writeUInt32LE(metas.length / CHECKSUM_BYTES, 24);
  bytes.writeUInt32LE(0, 28);
  let at = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes.write(names, at, 'utf8');
}

/** Reads a record; undefined when the bytes are not one. The byte fields are views. */
export function decodeRecord(bytes: Buffer): DirectoryRecord | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const [count, nameBytes, directories] = [bytes.readUInt32LE(16), bytes.readUInt32LE(20), bytes.readUInt32LE(24)];
  const statsAt = HEADER_BYTES + STAT_BYTES;
  const treeAt = statsAt + count * STAT_BYTES;
  const checksumsAt = treeAt + 2 * CHECKSUM_BYTES;
  const metasAt = checksumsAt + count * CHECKSUM_BYTES;
  const namesAt = metasAt + directories * CHECKSUM_BYTES;
  if (bytes.length !== namesAt + nameBytes) return undefined;
  return {
    listedAtMilliseconds: bytes.readDoubleLE(0),
    changedAtMilliseconds: bytes.readDoubleLE(8),
    self: numbersAt(bytes, HEADER_BYTES, STAT_FIELDS),
    stats: numbersAt(bytes, statsAt, count * STAT_FIELDS),
    tree: bytes.subarray(treeAt, treeAt + CHECKSUM_BYTES),
    meta: bytes.subarray(treeAt + CHECKSUM_BYTES, checksumsAt),
    checksums: bytes.subarray(checksumsAt, metasAt),
    metas: bytes.subarray(metasAt, namesAt),
    names: bytes.toString('utf8', namesAt),
  };
}

/** A view where the bytes lie on a multiple of eight, else a copy. */
function numbersAt(bytes: Buffer, offset: number, count: number): Float64Array {
  const start = bytes.byteOffset + offset;
  if (start % Float64Array.BYTES_PER_ELEMENT === 0) return new Float64Array(bytes.buffer, start, count);
  const copy = new Float64Array(count);
  bytesOf(copy).set(bytes.subarray(offset, offset + count * Float64Array.BYTES_PER_ELEMENT));
  return copy;
}
