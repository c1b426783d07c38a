import { BLOCK_BYTES } from './header-block.ts';

/** One member to be written, in libarchive's gnutar dialect: what `ostree export` writes. */
export interface WrittenEntry {
  readonly kind: 'file' | 'directory' | 'symlink';
  /** As it shall stand there; a directory's ends in a slash. */
  readonly path: string;
  /** Empty unless a symlink. */
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: bigint;
}

const TYPES = { file: '0', symlink: '2', directory: '5' } as const;
const NAME_BYTES = 100;
const MAX_OCTAL_TIME = 0o77777777777n;

/** Archives end with two zero blocks and are padded to this. */
export const RECORD_BYTES = 10_240;

/** The header blocks of a member: long paths go before it, the link's first. Content and padding follow. */
export function writeEntryHeader(entry: WrittenEntry): Buffer {
  const { kind, mode, uid, gid, sizeBytes, mtimeSeconds } = entry;
  const path = Buffer.from(entry.path);
  const target = Buffer.from(entry.target);
  return Buffer.concat([
    ...(target.length > NAME_BYTES ? [longText('K', target, target)] : []),
    ...(path.length > NAME_BYTES ? [longText('L', path, target)] : []),
    header({ path, target, type: TYPES[kind], mode, uid, gid, sizeBytes, mtimeSeconds }),
  ]);
}

/** Zeros after `sizeBytes` of content. */
export function paddingOf(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** What ends an archive of which `writtenBytes` have been written; padded to a record unless it goes to a file. */
export function writeEnd(writtenBytes: number, padsRecord: boolean): Buffer {
  const end = writtenBytes + 2 * BLOCK_BYTES;
  return Buffer.alloc((padsRecord ? Math.ceil(end / RECORD_BYTES) * RECORD_BYTES : end) - writtenBytes);
}

interface HeaderFields {
  readonly path: Buffer;
  readonly target: Buffer;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: bigint;
  readonly userName?: string;
  readonly groupName?: string;
}

/** As libarchive writes it: owned by root and wheel, with the entry's own target. */
function longText(type: 'K' | 'L', text: Buffer, target: Buffer): Buffer {
  const bytes = Buffer.concat([text, Buffer.alloc(1)]);
  const fields = { type, mode: 0, uid: 0, gid: 0, sizeBytes: bytes.length, mtimeSeconds: 0n, userName: 'root', groupName: 'wheel' };
  return Buffer.concat([header({ path: Buffer.from('././@LongLink'), target, ...fields }), bytes, paddingOf(bytes.length)]);
}

function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  fields.path.copy(block, 0, 0, NAME_BYTES);
  writeOctal(block, 100, 7, fields.mode & 0o7777);
  writeNumber(block, 108, 8, fields.uid);
  writeNumber(block, 116, 8, fields.gid);
  writeNumber(block, 124, 12, fields.sizeBytes);
  writeOctal(block, 136, 11, clampTime(fields.mtimeSeconds));
  block.write(fields.type, 156, 'latin1');
  fields.target.copy(block, 157, 0, NAME_BYTES);
  block.write('ustar  \0', 257, 'latin1');
  block.write(fields.userName ?? '', 265, 'latin1');
  block.write(fields.groupName ?? '', 297, 'latin1');
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function clampTime(seconds: bigint): bigint {
  if (seconds < 0n) return 0n;
  return seconds > MAX_OCTAL_TIME ? MAX_OCTAL_TIME : seconds;
}

/** Digits filling the field; the NUL behind them is there already. */
function writeOctal(block: Buffer, at: number, digits: number, value: number | bigint): void {
  block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
}

/** Octal where it fits, else binary with the topmost bit set. */
function writeNumber(block: Buffer, at: number, width: number, value: number): void {
  if (value < 8 ** (width - 1)) return writeOctal(block, at, width - 1, value);
  block.write(value.toString(16).padStart(2 * width, '0'), at, 'hex');
  block[at] = (block[at] ?? 0) | 0x80;
}
