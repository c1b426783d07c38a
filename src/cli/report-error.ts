import { CoppiceError, errnoOf, fromNodeError } from '../base/errors.ts';

export interface ReportOptions {
  /** Adds the stack and the causes. */
  readonly verbose: boolean;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}

/** A failed call of node:fs that nobody translated still reads as a system call's error. */
function translated(error: unknown): unknown {
  const path = error instanceof Error && 'path' in error ? String(error.path) : '';
  return errnoOf(error) === undefined ? error : fromNodeError(error, path);
}

function stackLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return error.cause === undefined ? own : [...own, `caused by: ${messageOf(error.cause)}`, ...stackLines(error.cause)];
}

/** What standard error is told about a failure: `error: ` + message, a hint, and with `-v` the stack. */
export function errorLines(thrown: unknown, { verbose }: ReportOptions): string[] {
  const error = translated(thrown);
  const lines = [`error: ${messageOf(error)}`];
  if (error instanceof CoppiceError && error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return verbose ? [...lines, ...stackLines(error)] : lines;
}
