import { createHash } from 'node:crypto';
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { fromNodeError } from '../base/errors.ts';
import { isRegular, isSymlink } from '../base/unix-mode.ts';
import type { Engine, StoreMode } from '../engine/engine.ts';
import { readOstreemeta } from '../format/object/file-header.ts';
import { readXattrs } from '../format/object/xattrs.ts';
import { defineTask } from '../pool/task.ts';

/** Files of content objects in a bare repository, and from which size on their payload is of interest. */
export interface PayloadBatch {
  readonly paths: readonly string[];
  readonly mode: StoreMode;
  readonly threshold: number;
}

const READ_BYTES = 1 << 20;
const BATCH_WEIGHT = 64 << 20;

/** SHA-256 of each file's bytes in hex, whatever names the objects; undefined for symlinks and smaller files. */
export const payloadTask = defineTask<PayloadBatch, readonly (string | undefined)[]>(
  'payload',
  (batch, { engine }) => {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    return batch.paths.map((path) => payloadOf(engine, batch, path, buffer));
  },
  () => BATCH_WEIGHT,
);

function payloadOf(engine: Engine, { mode, threshold }: PayloadBatch, path: string, buffer: Buffer): string | undefined {
  try {
    const stats = lstatSync(path);
    if (!isRegular(stats.mode) || stats.size < threshold) return undefined;
    if (mode === 'bare-user' && isStoredSymlink(engine, path)) return undefined;
    return digestFile(path, buffer);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

/** bare-user keeps symlinks as regular files, and tells so beside them. */
function isStoredSymlink(engine: Engine, path: string): boolean {
  const meta = readXattrs(engine.readXattrs(path)).find(({ name }) => name === 'user.ostreemeta');
  return meta !== undefined && isSymlink(readOstreemeta(meta.value).mode);
}

function digestFile(path: string, buffer: Buffer): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash('sha256');
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) hash.update(buffer.subarray(0, length));
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}
