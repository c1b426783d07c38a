import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fromNodeError } from '../base/errors.ts';
import { randomHex } from '../base/random-hex.ts';
import type { FsyncPolicy } from './fsync-policy.ts';

export interface ReplaceOptions {
  /** Path of the half-written file, which nobody else uses; on the same file system. Default: beside the final name. */
  readonly temporary?: string | undefined;
  /** Permissions whatever the umask. Default 0644. */
  readonly mode?: number | undefined;
  readonly fsync: FsyncPolicy;
}

const DEFAULT_MODE = 0o644;

/** A name beside `path` that nobody else uses; it starts with a dot and ends in random letters. */
function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}-${randomHex()}`);
}

/**
 * Puts a file in place whole or not at all: temporary file, sync by policy, rename, sync of the directory.
 * What had the name is replaced; a symlink is replaced itself, never written through. EISDIR for a directory.
 */
export function replaceFile(path: string, content: string | Uint8Array, options: ReplaceOptions): void {
  const { temporary = temporaryBeside(path), mode = DEFAULT_MODE, fsync } = options;
  try {
    writeNewFile(temporary, content, { mode, fsync });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fromNodeError(error, path);
  }
  fsync.directory(dirname(path));
}

/** Writes a file that must not be there yet (EEXIST). */
function writeNewFile(path: string, content: string | Uint8Array, options: { mode: number; fsync: FsyncPolicy }): void {
  const descriptor = openSync(path, 'wx', options.mode);
  try {
    writeFileSync(descriptor, content);
    fchmodSync(descriptor, options.mode);
    options.fsync.file(descriptor, path);
  } finally {
    closeSync(descriptor);
  }
}
