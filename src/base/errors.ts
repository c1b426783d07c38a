/**
 * The one error family of coppice. Only `cli/` turns these into words on a terminal.
 *
 * Messages: lower case, no full stop, what failed first, the subject in quotes, the path always.
 */

/** Every way an operation can fail; scripts match on these, so a code is never renamed. */
export type ErrorCode =
  | 'USAGE' // the caller asked for something impossible: bad flag, bad value
  | 'NOT_A_REPOSITORY'
  | 'REPO_UNSUPPORTED' // a mode, version or config value this program cannot handle
  | 'REF_NOT_FOUND'
  | 'REF_INVALID'
  | 'REF_EXISTS'
  | 'REV_AMBIGUOUS'
  | 'CHECKSUM_INVALID'
  | 'OBJECT_MISSING' // facts: checksum, objectType
  | 'OBJECT_CORRUPT' // facts: checksum, objectType, expected, actual, path
  | 'FORMAT_INVALID' // bytes that are not a value of the expected format
  | 'PATH_INVALID'
  | 'PATH_NOT_FOUND'
  | 'PATH_EXISTS'
  | 'LOCAL_CHANGES' // an update would overwrite what somebody changed in a checkout; facts: path, count
  | 'FILE_TYPE_UNSUPPORTED' // fifo, socket, device node
  | 'FILE_CHANGED' // the source changed while it was read
  | 'CAPABILITY_MISSING' // this engine has no system call for it
  | 'LOCK_TIMEOUT'
  | 'NO_SPACE' // facts: path, neededBytes, freeBytes
  | 'SYSTEM' // a system call failed; facts: syscall, errno, path
  | 'CANCELLED'
  | 'NOT_IMPLEMENTED'
  | 'BENCH_INVALID' // a program under measurement failed, or its answer is not the others'
  | 'INTERNAL';

export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ErrorOptions {
  readonly facts?: Facts;
  /** A sentence naming a command or flag that helps. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class CoppiceError extends Error {
  override readonly name = 'CoppiceError';
  readonly code: ErrorCode;
  readonly facts: Facts;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
    this.hint = options.hint;
  }
}

/** Whether `error` is a CoppiceError, of the given code if one is named. */
export function isCoppiceError(error: unknown, code?: ErrorCode): error is CoppiceError {
  return error instanceof CoppiceError && (code === undefined || error.code === code);
}

/** The errno name (`ENOENT`) of a failed node:fs call, or undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** glibc's words for the error numbers a repository meets. */
const ERRNO_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  EMFILE: 'Too many open files',
  EMLINK: 'Too many links',
  ENAMETOOLONG: 'File name too long',
  ENFILE: 'Too many open files in system',
  ENOENT: 'No such file or directory',
  ENOMEM: 'Cannot allocate memory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  ENOTSUP: 'Operation not supported',
  EOPNOTSUPP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ESTALE: 'Stale file handle',
  EXDEV: 'Invalid cross-device link',
};

/** The C library's sentence for an errno name; the name itself when it is a rare one. */
export function errnoWords(errno: string): string {
  return ERRNO_WORDS[errno] ?? errno;
}

/** Builds the error of a failed system call: `openat("/x/y"): No such file or directory`. */
export function systemError(errno: string, syscall: string, path: string, cause?: unknown): CoppiceError {
  const code: ErrorCode = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'NO_SPACE' : 'SYSTEM';
  return new CoppiceError(code, `${syscall}(${path}): ${errnoWords(errno)}`, {
    facts: { errno, syscall, path },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Turns whatever node:fs threw into a CoppiceError that names the path; other errors pass through. */
export function fromNodeError(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof CoppiceError) return error;
  const syscall = error instanceof Error && 'syscall' in error ? String(error.syscall) : 'io';
  return systemError(errno, syscall, path, error);
}

/** Runs work for which failing calls are everyday: an error that is caught and forgotten costs most where its stack is written down. */
export function withoutStackTraces<Result>(work: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
