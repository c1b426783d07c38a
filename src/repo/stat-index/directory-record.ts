import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { STAT_FIELDS } from '../../engine/engine.ts';

/** What a commit learned about one directory of its source. */
export interface DirectoryRecord {
  /** When the directory was listed, in milliseconds since 1970: entries changed later are not trusted. */
  readonly listedAtMilliseconds: number;
  /** Packed names of all entries, in byte order. */
  readonly names: string;
  /** STAT_FIELDS per name. */
  readonly stats: Float64Array;
  /** 32 bytes per name: a file's content checksum, zeros for a directory. */
  readonly checksums: Uint8Array;
}

/*
 * Layout of a record, little-endian, private to coppice:
 *   f64  listedAtMilliseconds
 *   u32  count of names
 *   u32  bytes of names
 *   f64  × count × STAT_FIELDS
 *   u8   × count × 32  checksums
 *   u8   × bytes of names
 */
const HEADER_BYTES = 16;
const STAT_BYTES = STAT_FIELDS * Float64Array.BYTES_PER_ELEMENT;

export function encodeRecord(record: DirectoryRecord): Uint8Array {
  const names = Buffer.from(record.names, 'utf8');
  const count = record.checksums.length / CHECKSUM_BYTES;
  const bytes = Buffer.alloc(HEADER_BYTES + count * (STAT_BYTES + CHECKSUM_BYTES) + names.length);
  bytes.writeDoubleLE(record.listedAtMilliseconds, 0);
  bytes.writeUInt32LE(count, 8);
  bytes.writeUInt32LE(names.length, 12);
  bytes.set(new Uint8Array(record.stats.buffer, record.stats.byteOffset, count * STAT_BYTES), HEADER_BYTES);
  bytes.set(record.checksums, HEADER_BYTES + count * STAT_BYTES);
  bytes.set(names, HEADER_BYTES + count * (STAT_BYTES + CHECKSUM_BYTES));
  return bytes;
}

/** Reads a record; undefined when the bytes are not one. */
export function decodeRecord(bytes: Buffer): DirectoryRecord | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const [count, nameBytes] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const checksumsAt = HEADER_BYTES + count * STAT_BYTES;
  const namesAt = checksumsAt + count * CHECKSUM_BYTES;
  if (bytes.length !== namesAt + nameBytes) return undefined;
  const stats = new Float64Array(count * STAT_FIELDS);
  new Uint8Array(stats.buffer).set(bytes.subarray(HEADER_BYTES, checksumsAt));
  return {
    listedAtMilliseconds: bytes.readDoubleLE(0),
    names: bytes.toString('utf8', namesAt),
    stats,
    checksums: bytes.subarray(checksumsAt, namesAt),
  };
}
