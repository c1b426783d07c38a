import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { asBuffer } from '../utf8.ts';
import type { Dirtree, DirtreeDirectory, DirtreeFile } from './dirtree.ts';
import { scanDirtree } from './scan-dirtree.ts';

/** Reads a dirtree; throws FORMAT_INVALID for all that `scanDirtree` refuses. Checksums share memory with `bytes`. */
export function readDirtree(bytes: Uint8Array): Dirtree {
  const buffer = asBuffer(bytes);
  const files: DirtreeFile[] = [];
  const directories: DirtreeDirectory[] = [];
  scanDirtree(bytes, {
    file: (name, nameEnd, checksum) => {
      files.push({ name: buffer.toString('utf8', name, nameEnd), checksum: checksumAt(buffer, checksum) });
    },
    directory: (name, nameEnd, tree) => {
      const meta = tree + CHECKSUM_BYTES;
      directories.push({ name: buffer.toString('utf8', name, nameEnd), tree: checksumAt(buffer, tree), meta: checksumAt(buffer, meta) });
    },
  });
  return { files, directories };
}

/** A plain array costs less than the Buffer that `subarray` would make. */
function checksumAt({ buffer, byteOffset }: Buffer, start: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + start, CHECKSUM_BYTES);
}
