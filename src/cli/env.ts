/** The only file that reads the process's arguments, environment and working directory. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Environment } from './command.ts';

/** The variables of coppice itself, unread: `cli/settings` knows what they may say. */
export interface CoppiceVariables {
  readonly engine: string | undefined;
  readonly threads: string | undefined;
  readonly maxMemory: string | undefined;
  readonly nice: string | undefined;
  readonly ionice: string | undefined;
  readonly cpuPercent: string | undefined;
}

/** What one run of the program was given. */
export interface CommandLine {
  /** The name in usage lines: `ostree` when called by a link of that name. */
  readonly program: string;
  readonly words: readonly string[];
  /** False where a word had bytes that are not UTF-8: node has replaced them, the word names something else now. */
  readonly isUtf8: boolean;
  readonly env: Environment;
  readonly variables: CoppiceVariables;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as absent. */
function valueOf(variables: Variables, name: string): string | undefined {
  const value = variables[name];
  return value === '' ? undefined : value;
}

function environmentOf(variables: Variables, workingDirectory: string): Environment {
  return {
    ostreeRepo: valueOf(variables, 'OSTREE_REPO'),
    sysroot: valueOf(variables, 'OSTREE_SYSROOT'),
    sourceDateEpoch: variables['SOURCE_DATE_EPOCH'], // an empty one is an error, as in ostree
    repoTestError: valueOf(variables, 'OSTREE_REPO_TEST_ERROR'),
    skipCache: variables['OSTREE_SKIP_CACHE'] !== undefined, // an empty one counts, as in ostree
    path: variables['PATH'] ?? '',
    editor: editorOf(variables),
    temporaryDirectory: valueOf(variables, 'TMPDIR') ?? '/tmp',
    workingDirectory,
  };
}

function programOf(script: string): string {
  return basename(script) === 'ostree' ? 'ostree' : 'coppice';
}

function areUtf8(words: readonly string[]): boolean {
  return !words.some((word) => word.includes('\uFFFD')) || isUtf8(readFileSync('/proc/self/cmdline'));
}

/** As ostree chooses it; a terminal that cannot show one gets none. */
function editorOf(variables: Variables): string | undefined {
  const named = variables['OSTREE_EDITOR'] ?? variables['VISUAL'] ?? variables['EDITOR'];
  if (named !== undefined) return named;
  const terminal = variables['TERM'];
  return terminal === undefined || terminal === 'dumb' ? undefined : 'vi';
}

export function readCommandLine(): CommandLine {
  const [, script = '', ...words] = process.argv;
  return {
    program: programOf(script),
    words,
    isUtf8: areUtf8(words),
    env: environmentOf(process.env, process.cwd()),
    variables: {
      engine: valueOf(process.env, 'COPPICE_ENGINE'),
      threads: valueOf(process.env, 'COPPICE_THREADS'),
      maxMemory: valueOf(process.env, 'COPPICE_MAX_MEMORY'),
      nice: valueOf(process.env, 'COPPICE_NICE'),
      ionice: valueOf(process.env, 'COPPICE_IONICE'),
      cpuPercent: valueOf(process.env, 'COPPICE_CPU_PERCENT'),
    },
  };
}
