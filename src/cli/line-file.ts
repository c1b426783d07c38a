import { readFileSync } from 'node:fs';
import { CoppiceError, errnoOf, errnoWords } from '../base/errors.ts';

/** Reads a small text file that an option names; the error is worded as `ostree` words it. */
export function readOptionFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CoppiceError('SYSTEM', `openat(${path}): ${errnoWords(errno)}`, {
      facts: { path, errno, syscall: 'openat' },
      cause: error,
    });
  }
}

/** The lines of such a file; empty ones say nothing. */
export function readLines(path: string): string[] {
  return readOptionFile(path)
    .split('\n')
    .filter((line) => line !== '');
}
