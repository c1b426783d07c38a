import { closeSync, openSync, readSync } from 'node:fs';
import type { Checksum } from '../../base/checksum.ts';
import { fromNodeError } from '../../base/errors.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { openContent, readFileInfo } from '../../repo/content-reader.ts';
import { corruptObject } from '../../repo/object-fault.ts';
import type { Repo } from '../../repo/repo.ts';

/** Takes bytes in order; they may change once it has returned. */
export type ByteSink = (bytes: Uint8Array) => void;

const PIECE_BYTES = 256 * 1024;

/** Hands on the content of a large file in pieces: exactly as many bytes as its header says, or it throws OBJECT_CORRUPT. */
export async function streamContent(repo: Repo, checksum: Checksum, sink: ByteSink): Promise<void> {
  const { path, sizeBytes } = readFileInfo(repo, checksum, { needXattrs: false });
  if (path.endsWith('z')) for await (const piece of openContent(repo, checksum)) sink(piece);
  else if (readPlain(path, sizeBytes, sink) !== sizeBytes) {
    throw corruptObject(OBJECT_TYPE.file, checksum, { path, cause: `it has other than ${sizeBytes} bytes by now` });
  }
}

/** One buffer for all pieces: a stream's would be garbage by the hundred. Never more than the size is handed on. */
function readPlain(path: string, sizeBytes: number, sink: ByteSink): number {
  const buffer = new Uint8Array(PIECE_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    let total = 0;
    for (let got = readSync(descriptor, buffer); got > 0 && total + got <= sizeBytes; got = readSync(descriptor, buffer)) {
      sink(buffer.subarray(0, got));
      total += got;
    }
    return total;
  } catch (error) {
    throw fromNodeError(error, path);
  } finally {
    closeSync(descriptor);
  }
}
