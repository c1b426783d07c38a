import { accessSync, constants, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { isCoppiceError } from '../base/errors.ts';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // absent, or not ours to run: the next directory may have it
  }
}

/** The program `ostree-WORD` in the directories of PATH, or undefined. */
export function findExternalCommand(word: string, path: string): string | undefined {
  if (word.includes('/') || word === '') return undefined;
  return path
    .split(':')
    .map((directory) => join(directory === '' ? '.' : directory, `ostree-${word}`))
    .find(isProgram);
}

function nameOf(reason: unknown): 'SIGINT' | 'SIGTERM' {
  return isCoppiceError(reason) && reason.facts['signal'] === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}

/**
 * Runs the program on our own standard streams, with all our words as ostree gives them; resolves to its exit status.
 * A signal that stops us is passed on to it.
 */
export async function runExternalCommand(program: string, words: readonly string[], signal: AbortSignal): Promise<number> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'inherit' });
    signal.addEventListener('abort', () => child.kill(nameOf(signal.reason)));
    child.on('error', reject);
    child.on('exit', (status, killer) => {
      resolve(killer === null ? (status ?? 1) : 128 + osConstants.signals[killer]);
    });
  });
}
