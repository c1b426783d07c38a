/** How the process stands back behind others, set before any thread is started for work: those inherit it. */
import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { CoppiceError, isCoppiceError } from '../base/errors.ts';
import type { Engine, IoPriority } from '../engine/engine.ts';
import type { GlobalSettings } from './command.ts';

const CLASS_NUMBERS: Readonly<Record<IoPriority['class'], string>> = { 'best-effort': '2', idle: '3' };

/** Sets the nice value of every thread there is. Linux keeps one for each: node has started some before us. */
export function applyNice({ nice }: Pick<GlobalSettings, 'nice'>): void {
  if (nice === undefined) return;
  try {
    for (const thread of threadsHere()) setPriority(thread, nice);
  } catch (error) {
    throw new CoppiceError('SYSTEM', `cannot set the nice value to ${nice}`, {
      facts: { nice },
      hint: 'Only root may lower it: choose one that is not below the present value.',
      cause: error,
    });
  }
}

/** Sets the disk priority of every thread there is, by the engine or, where that has no call for it, by `ionice`. */
export async function applyIoPriority({ ioPriority }: Pick<GlobalSettings, 'ioPriority'>, engine: Engine): Promise<void> {
  if (ioPriority === undefined) return;
  const threads = threadsHere();
  try {
    for (const thread of threads) engine.setIoPriority(thread, ioPriority);
  } catch (error) {
    if (!isCoppiceError(error, 'CAPABILITY_MISSING')) throw error;
    await runIonice(threads, ioPriority, error);
  }
}

async function runIonice(threads: readonly number[], { class: ioClass, level }: IoPriority, cause: unknown): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  const levels = ioClass === 'idle' ? [] : ['-n', String(level)];
  const words = ['-c', CLASS_NUMBERS[ioClass], ...levels, '-p', ...threads.map(String)];
  const { status } = spawnSync('ionice', words, { stdio: 'ignore' });
  if (status === 0) return;
  throw new CoppiceError('CAPABILITY_MISSING', 'the engine has no call for the disk priority, and the program ionice cannot set it', {
    hint: 'Use the native engine, install util-linux, or leave --ionice out.',
    cause,
  });
}

function threadsHere(): number[] {
  return readdirSync('/proc/self/task').map(Number);
}
