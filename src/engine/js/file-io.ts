import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { errnoOf, fromNodeError } from '../../base/errors.ts';
import type { Scratch } from './context.ts';

/** Read and write step of files that are not taken whole. */
export const COPY_BYTES = 256 * 1024;

/** Never through a symlink at the end, never waiting for the other end of a fifo. */
export const OPEN_SOURCE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** writeSync may write less than asked: this goes on until all is written. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
}

/**
 * Reads from the current position to the end into `scratch` from `offset`; returns how many bytes came.
 * A file that has exactly the expected length costs one call.
 */
export function readToEnd(fd: number, scratch: Scratch, offset: number, expectedBytes: number): number {
  let length = 0;
  let buffer = scratch.take(offset + expectedBytes + 1);
  for (;;) {
    const got = readSync(fd, buffer, offset + length, buffer.length - offset - length, null);
    length += got;
    if (got === 0 || (got === length && length === expectedBytes)) return length;
    if (offset + length === buffer.length) buffer = scratch.take(buffer.length * 2);
  }
}

/** Reads up to `bytes` bytes at `position` to the start of the scratch buffer; fewer where the file ends. */
export function readAt(fd: number, scratch: Scratch, position: number, bytes: number): Uint8Array {
  const buffer = scratch.take(bytes);
  let length = 0;
  while (length < bytes) {
    const got = readSync(fd, buffer, length, bytes - length, position + length);
    if (got === 0) break;
    length += got;
  }
  return buffer.subarray(0, length);
}

/** Hands the rest of the file to `sink` in steps of at most 1 MiB; returns the number of bytes. */
export function readPieces(fd: number, scratch: Scratch, sink: (piece: Uint8Array) => void): number {
  const buffer = scratch.take(COPY_BYTES);
  let length = 0;
  for (;;) {
    const got = readSync(fd, buffer, 0, COPY_BYTES, null);
    if (got === 0) return length;
    sink(buffer.subarray(0, got));
    length += got;
  }
}

/** As `readPieces`, from `start` on, whatever the current position. */
export function readPiecesFrom(fd: number, start: number, scratch: Scratch, sink: (piece: Uint8Array) => void): number {
  const buffer = scratch.take(COPY_BYTES);
  let position = start;
  for (;;) {
    const got = readSync(fd, buffer, 0, COPY_BYTES, position);
    if (got === 0) return position - start;
    sink(buffer.subarray(0, got));
    position += got;
  }
}

/** Opens, runs `work` with the descriptor, closes whatever happens. */
export function withDescriptor<Result>(path: string, work: (fd: number) => Result): Result {
  const fd = openSync(path, OPEN_SOURCE);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Flushes a file or a directory; node itself tells a failed fsync without its path. */
export function fsyncPath(path: string): void {
  try {
    withDescriptor(path, fsyncSync);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

/** Runs `work`; false when it failed with one of `errnos`, any other error is thrown on. */
export function succeeds(work: () => void, ...errnos: readonly string[]): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
