import { errnoOf, errnoWords, isCoppiceError } from '../base/errors.ts';
import type { Failure } from './engine.ts';

const OUT_OF_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** A failure without an errno. `code` is an ErrorCode of `base/errors`. */
export function wordedFailure(index: number, path: string, code: string, message: string): Failure {
  return { index, code, errno: '', syscall: '', path, message };
}

/** A failed system call on file `index`. */
export function systemFailure(index: number, path: string, errno: string, syscall: string): Failure {
  const code = OUT_OF_SPACE.has(errno) ? 'NO_SPACE' : 'SYSTEM';
  return { index, code, errno, syscall, path, message: errnoWords(errno) };
}

/** Whatever stopped file `index`, as data. Programming errors are thrown on: they are not the file's fault. */
export function toFailure(index: number, path: string, error: unknown): Failure {
  if (isCoppiceError(error)) {
    const { errno, syscall, path: failed = path } = error.facts;
    if (typeof errno === 'string') return systemFailure(index, String(failed), errno, String(syscall));
    return wordedFailure(index, path, error.code, error.message);
  }
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  const syscall = error instanceof Error && 'syscall' in error ? String(error.syscall) : 'io';
  return systemFailure(index, path, errno, syscall);
}
