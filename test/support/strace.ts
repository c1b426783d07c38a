import { existsSync, readFileSync, rmSync } from 'node:fs';
import { runWords } from './program.ts';
import type { Finished } from './program.ts';

/** A system call of the main thread that touches a path under test. */
export interface TracedCall {
  readonly syscall: string;
  /** Counted from 1 over all calls of that name in the thread: what strace's `when=` means. */
  readonly nth: number;
  readonly line: string;
}

export interface Injection {
  readonly syscall: string;
  readonly error: string;
  readonly nth: number;
}

/**
 * Lists the calls of one run that mention `below`. Only the main thread is traced: with `--threads=0` all the
 * work is there, and its calls come in the same order every time. Run from `/`, so that the working directory
 * never looks like a path under test.
 */
export function traceCalls(words: readonly string[], syscalls: readonly string[], below: string, log: string): readonly TracedCall[] {
  runWords(['strace', '-y', '-o', log, '-e', `trace=${syscalls.join(',')}`, ...words], { cwd: '/' });
  const counts = new Map<string, number>();
  const calls: TracedCall[] = [];
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const syscall = /^(\w+)\(/.exec(line)?.[1];
    if (syscall === undefined) continue;
    const nth = (counts.get(syscall) ?? 0) + 1;
    counts.set(syscall, nth);
    if (line.includes(below)) calls.push({ syscall, nth, line });
  }
  rmSync(log);
  return calls;
}

export interface Injected {
  readonly result: Finished;
  /** The call that was made to fail, as strace printed it; undefined when it did not come to that. */
  readonly line: string | undefined;
}

/** Runs with one system call made to fail. */
export function runWithInjection(words: readonly string[], { syscall, error, nth }: Injection, log: string): Injected {
  const injection = `inject=${syscall}:error=${error}:when=${nth}`;
  const result = runWords(['strace', '-y', '-o', log, '-e', `trace=${syscall}`, '-e', injection, ...words], { cwd: '/' });
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  rmSync(log, { force: true });
  return { result, line: lines.find((line) => line.includes('(INJECTED)')) };
}

/** At most `count` of the calls, evenly spread, the first and the last included. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = (items.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * step)]).filter((item) => item !== undefined);
}
