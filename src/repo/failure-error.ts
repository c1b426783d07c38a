import { CoppiceError, systemError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { Failure } from '../engine/engine.ts';

/** The error that stops an operation because of one file of a batch. */
export function failureError(failure: Failure): CoppiceError {
  if (failure.errno !== '' && failure.message === '') {
    return systemError(failure.errno, failure.syscall, failure.path);
  }
  const facts = { path: failure.path, errno: failure.errno, syscall: failure.syscall };
  return new CoppiceError(failure.code as ErrorCode, failure.message, { facts }); // engines use ErrorCode's words
}
