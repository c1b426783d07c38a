import { cpus, release, totalmem } from 'node:os';
import { fileSystemType } from '../file-system-type.ts';
import { runProgram } from './run-program.ts';

/** What one has to know about a machine to read its figures. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly fileSystem: string;
  readonly ostree: string;
}

async function firstMatch(argv: readonly string[], pattern: RegExp): Promise<string> {
  try {
    return pattern.exec((await runProgram(argv)).stdout)?.[1] ?? 'unknown';
  } catch {
    return 'absent';
  }
}

export async function describeMachine(directory: string): Promise<Machine> {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    fileSystem: fileSystemType(directory),
    ostree: await firstMatch(['ostree', '--version'], /Version: '([^']*)'/),
  };
}
