import { CoppiceError, errnoWords, systemError } from '../base/errors.ts';
import type { ErrorCode, Facts } from '../base/errors.ts';
import type { Failure } from '../engine/engine.ts';

/** The error that stops an operation because of one file of a batch; `facts` add what the operation knows of it. */
export function failureError(failure: Failure, facts: Facts = {}): CoppiceError {
  const { errno, message, path, syscall } = failure;
  if (errno !== '' && (message === '' || message === errnoWords(errno))) {
    const error = systemError(errno, syscall, path);
    return new CoppiceError(error.code, error.message, { facts: { ...error.facts, ...facts } });
  }
  const code = failure.code as ErrorCode; // engines use ErrorCode's words
  return new CoppiceError(code, message.includes(path) ? message : `${path}: ${message}`, {
    facts: { ...facts, path, errno, syscall },
  });
}
