import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatBytes } from './ui/format-amount.ts';
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

/** Which file system is full, what is free there, and what was wanted. */
function spaceHint({ code, facts }: CoppiceError): string | undefined {
  const full = facts['path'];
  const path = code === 'NO_SPACE' && typeof full === 'string' && full !== '' ? existingParent(full) : undefined;
  if (path === undefined) return undefined;
  const { bavail, bsize, ffree } = statfsSync(path);
  const needed = typeof facts['neededBytes'] === 'number' ? `, at least ${formatBytes(facts['neededBytes'])} needed` : '';
  return `The file system at "${path}" has ${formatBytes(bavail * bsize)} and ${ffree} inodes free${needed}.`;
}

function existingParent(path: string): string | undefined {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(at)) return at;
    if (at === dirname(at)) return undefined;
  }
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
  const hint = error instanceof CoppiceError ? (error.hint ?? spaceHint(error)) : undefined;
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return verbose ? [...lines, ...stackLines(error)] : lines;
}
