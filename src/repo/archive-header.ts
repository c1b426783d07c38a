import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { CoppiceError } from '../base/errors.ts';
import { filezHeaderBytes, LENGTH_PREFIX_BYTES, readFilezHeader } from '../format/object/file-header.ts';
import type { FileInfo } from './file-info.ts';

/** Most headers are far shorter: one read brings the prefix and the header. */
const FIRST_READ = 4096;

/** Reads the header of a `.filez`; FORMAT_INVALID for a broken one, node's own errors for the rest. */
export function readArchiveHeader(path: string): FileInfo {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new CoppiceError('FORMAT_INVALID', 'it is no regular file');
    const { header, sizeBytes, headerBytes } = readFilezHeader(readStart(descriptor, stat.size));
    return { header, sizeBytes, path, contentOffset: headerBytes };
  } finally {
    closeSync(descriptor);
  }
}

function readStart(descriptor: number, size: number): Uint8Array {
  const first = readBytes(descriptor, Math.min(size, FIRST_READ));
  if (first.length < LENGTH_PREFIX_BYTES) return first;
  const needed = filezHeaderBytes(first);
  if (needed > size) throw new CoppiceError('FORMAT_INVALID', `File header size ${needed - LENGTH_PREFIX_BYTES} exceeds size ${size}`);
  return needed <= first.length ? first : readBytes(descriptor, needed);
}

function readBytes(descriptor: number, count: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(count);
  let filled = 0;
  while (filled < count) {
    const got = readSync(descriptor, bytes, filled, count - filled, filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}
