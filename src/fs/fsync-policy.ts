import { closeSync, constants, fdatasyncSync, fsyncSync, openSync } from 'node:fs';
import { fromNodeError } from '../base/errors.ts';

/** Whether what is written must have reached the disk before the next step; a failed sync is an error, never ignored. */
export interface FsyncPolicy {
  readonly enabled: boolean;
  /** Flushes the content of an open file. */
  file(descriptor: number, path: string): void;
  /** Flushes the names in a directory. */
  directory(path: string): void;
}

const DURABLE: FsyncPolicy = { enabled: true, file: syncFile, directory: syncDirectory };
const RELAXED: FsyncPolicy = { enabled: false, file: () => undefined, directory: () => undefined };

/** The policy that really syncs, or the one that leaves it to the kernel. */
export function fsyncPolicy(enabled: boolean): FsyncPolicy {
  return enabled ? DURABLE : RELAXED;
}

function syncFile(descriptor: number, path: string): void {
  try {
    fdatasyncSync(descriptor);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

function syncDirectory(path: string): void {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
