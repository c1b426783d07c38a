/**
 * The 512-byte header of a tar member:
 *
 *     0 name[100]   100 mode[8]    108 uid[8]     116 gid[8]      124 size[12]   136 mtime[12]
 *     148 checksum[8] (ASCII octal sum of all bytes, its own taken as spaces)     156 type[1]
 *     157 linkname[100]   257 magic[8]   265 uname[32]   297 gname[32]   329 devmajor[8]   337 devminor[8]
 *     345 prefix[155] (ustar), or from 386 four sparse blocks, more[1], real size[12] (GNU)
 *
 * Numbers are ASCII octal, or with the top bit of the first byte set big-endian two's complement (GNU).
 */
import { asBuffer } from '../utf8.ts';
import { DAMAGED, tarFault } from './tar-fault.ts';

export const BLOCK_BYTES = 512;

export type TarDialect = 'v7' | 'ustar' | 'gnu';

export interface HeaderBlock {
  readonly dialect: TarDialect;
  /** One character. */
  readonly type: string;
  /** As it stands there, a ustar prefix put before it. */
  readonly path: Buffer;
  readonly linkPath: Buffer;
  /** Twelve bits. */
  readonly mode: number;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Whether the block's checksum is right, counted with bytes unsigned or, as old programs did, signed. */
export function hasChecksum(block: Uint8Array): boolean {
  const field = asBuffer(block.subarray(148, 156));
  if (!field.every((byte) => byte === 0 || byte === 0x20 || (byte >= 0x30 && byte <= 0x37))) return false;
  const told = Number(readNumber(field));
  let [unsigned, signed] = [8 * 0x20, 8 * 0x20];
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at] ?? 0;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return told === unsigned || told === signed;
}

/** Reads a block whose checksum is right. The paths are copies. */
export function readHeaderBlock(block: Uint8Array): HeaderBlock {
  const bytes = asBuffer(block);
  const dialect = dialectOf(bytes);
  return {
    dialect,
    type: String.fromCharCode(bytes[156] ?? 0),
    path: pathOf(bytes, dialect),
    linkPath: textOf(bytes.subarray(157, 257)),
    mode: Number(readNumber(bytes.subarray(100, 108)) & 0o7777n),
    uid: readNumber(bytes.subarray(108, 116)),
    gid: readNumber(bytes.subarray(116, 124)),
    size: readNumber(bytes.subarray(124, 136)),
  };
}

function dialectOf(block: Buffer): TarDialect {
  if (block.toString('latin1', 257, 265) === 'ustar  \0') return 'gnu';
  return block.toString('latin1', 257, 262) === 'ustar' ? 'ustar' : 'v7';
}

function pathOf(block: Buffer, dialect: TarDialect): Buffer {
  const name = textOf(block.subarray(0, 100));
  const prefix = dialect === 'ustar' ? textOf(block.subarray(345, 500)) : Buffer.alloc(0);
  if (prefix.length === 0) return name;
  return Buffer.concat([prefix, Buffer.from(prefix.at(-1) === 0x2f ? '' : '/'), name]);
}

/** A copy of the bytes up to the first NUL. */
export function textOf(field: Uint8Array): Buffer {
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end));
}

/** Reads a number; what follows the digits does not matter, no digits are 0. */
export function readNumber(field: Uint8Array): bigint {
  const first = field[0] ?? 0;
  if (first >= 0x80) return readBinary(field);
  const text = asBuffer(field).toString('latin1');
  const [, sign = '', digits = ''] = /^[ \t]*(-?)([0-7]*)/.exec(text) ?? [];
  const value = digits === '' ? 0n : BigInt(`0o${digits}`);
  return sign === '-' ? -value : value;
}

/** Two's complement without the topmost bit, which is the mark. */
function readBinary(field: Uint8Array): bigint {
  const hex = asBuffer(field).toString('hex');
  const value = BigInt.asUintN(field.length * 8 - 1, BigInt(`0x${hex}`));
  return BigInt.asIntN(field.length * 8 - 1, value);
}

/** A size that memory and disk can have. Throws FORMAT_INVALID. */
export function sizeOf(value: bigint): number {
  if (value < 0n) throw tarFault('Tar entry has negative size');
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw tarFault(DAMAGED);
  return Number(value);
}
