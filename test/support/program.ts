import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a finished process left behind. `status` is null after a signal. */
export interface Finished {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the test's own environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly umask?: number;
}

/** A program that understands ostree's command line, as the words that start it. */
export interface Program {
  readonly name: 'ostree' | 'coppice';
  readonly words: readonly string[];
}

export const CLI_PATH = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export const ostree: Program = { name: 'ostree', words: ['ostree'] };

/** The program under test; COPPICE_TEST_PROGRAM names another one, to try the tests themselves. */
export const coppice: Program = { name: 'coppice', words: programWords() };

function programWords(): readonly string[] {
  const substitute = process.env['COPPICE_TEST_PROGRAM'];
  return substitute === undefined || substitute === '' ? [process.execPath, CLI_PATH] : substitute.split(' ');
}

/** True when the script that node runs is there, dist/cli.js as a rule. */
export function isBuilt(): boolean {
  const script = coppice.words[1];
  return script === undefined || existsSync(script);
}

/** False when the referee stands in for coppice, to try the tests themselves. */
export const isRealCoppice = coppice.words[0] !== 'ostree';

/** The program with options that stand before everything else, such as `--engine=wasm`. */
export function withWords(program: Program, ...words: readonly string[]): Program {
  return { ...program, words: [...program.words, ...words] };
}

/** A program that waits for something that never comes fails its test instead of stopping them all. */
const HANGING_MILLISECONDS = 10 * 60_000;

/** Runs to the end; never throws for a bad status. */
export function run(program: Program, args: readonly string[], options: RunOptions = {}): Finished {
  return runWords([...program.words, ...args], options);
}

export function runWords(words: readonly string[], options: RunOptions = {}): Finished {
  const [command = '', ...args] = wrapUmask(words, options.umask);
  const result = spawnSync(command, args, {
    cwd: options.cwd,
    env: mergedEnvironment(options.env),
    input: options.input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    timeout: HANGING_MILLISECONDS,
  });
  if (result.error !== undefined) throw result.error;
  return { status: result.status, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}

/** Runs beside others. `kill` ends it with SIGKILL. */
export function start(words: readonly string[], options: RunOptions = {}): Running {
  const [command = '', ...args] = words;
  const child = spawn(command, args, { cwd: options.cwd, env: mergedEnvironment(options.env), stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ status, signal, ...output });
    });
  });
  return { pid: child.pid ?? 0, finished, kill: () => child.kill('SIGKILL') };
}

export interface Running {
  /** 0 where it could not be started. */
  readonly pid: number;
  readonly finished: Promise<Finished>;
  readonly kill: () => boolean;
}

/** Runs and expects status 0; returns stdout without the line end. */
export function succeed(program: Program, args: readonly string[], options: RunOptions = {}): string {
  const result = run(program, args, options);
  if (result.status !== 0) throw new Error(describeFailure([...program.words, ...args], result));
  return result.stdout.trimEnd();
}

export function succeedWords(words: readonly string[], options: RunOptions = {}): string {
  const result = runWords(words, options);
  if (result.status !== 0) throw new Error(describeFailure(words, result));
  return result.stdout.trimEnd();
}

function describeFailure(words: readonly string[], result: Finished): string {
  return `${words.join(' ')}: status ${String(result.status ?? result.signal)}: ${result.stderr.slice(0, 2000)}`;
}

function wrapUmask(words: readonly string[], umask: number | undefined): readonly string[] {
  return umask === undefined ? words : ['sh', '-c', `umask ${umask.toString(8)}; exec "$@"`, 'sh', ...words];
}

/** Certificates of the machine, which no test needs, make each of some ten thousand starts of node 40 ms slower. */
function mergedEnvironment(changes: RunOptions['env']): NodeJS.ProcessEnv {
  const base = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, LC_ALL: 'C.UTF-8', TZ: 'UTC', NO_COLOR: '1' };
  return Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined));
}
