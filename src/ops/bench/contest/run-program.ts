import { spawn } from 'node:child_process';
import { BenchError } from '../bench-error.ts';

export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallSeconds: number;
}

const WORDS_OF_FAILURE = 400;

/** Runs a program to its end; a signal that ends it counts as status 128 and more. Throws when it cannot be started. */
export function runProgram(argv: readonly string[], options: { readonly cwd?: string } = {}): Promise<ProgramResult> {
  const [program = '', ...words] = argv;
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', (cause) => reject(new BenchError(`cannot run "${program}": ${cause.message}`, { cause })));
    child.on('close', (status) => resolve({ ...output, status: status ?? 128, wallSeconds: (performance.now() - begin) / 1000 }));
  });
}

/** Throws unless the program succeeded; the message ends with its last words. */
export function requireSuccess(result: ProgramResult, argv: readonly string[]): ProgramResult {
  if (result.status === 0) return result;
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-WORDS_OF_FAILURE);
  throw new BenchError(`"${argv.join(' ')}" exits ${result.status}: ${said}`);
}

/** Standard output of a program that has to succeed. */
export async function outputOf(argv: readonly string[]): Promise<string> {
  return requireSuccess(await runProgram(argv), argv).stdout;
}

/** Whether the program can be started and says yes to `argv`. */
export async function succeeds(argv: readonly string[]): Promise<boolean> {
  try {
    return (await runProgram(argv)).status === 0;
  } catch {
    return false;
  }
}
