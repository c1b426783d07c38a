import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { CoppiceError, errnoOf, errnoWords } from '../base/errors.ts';

/** Reads a small text file that an option names; the error is worded as `ostree` words it. */
export function readOptionFile(path: string): string {
  const bytes = readBytes(path);
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8');
  throw new CoppiceError('USAGE', 'Invalid UTF-8', { facts: { path }, hint: `"${path}" is not a text in UTF-8` });
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
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
