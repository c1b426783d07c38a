import { CoppiceError, errnoWords, systemError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Failure } from '../engine/engine.ts';

/** The error that stops an operation because of one file of a batch. */
export function failureError(failure: Failure): CoppiceError {
  const { errno, message } = failure;
  if (errno !== '' && (message === '' || message === errnoWords(errno))) {
    return systemError(errno, failure.syscall, failure.path);
  }
  const facts = { path: failure.path, errno, syscall: failure.syscall };
  return new CoppiceError(failure.code as ErrorCode, message, { facts }); // engines use ErrorCode's words
}
