import type { CommandSpec, OptionSpec } from '../command.ts';
import { flag, taking, text } from './option.ts';

const REPO = taking('directory', text('--repo=PATH', 'Path to OSTree repository (defaults to current directory or /sysroot/ostree/repo)'));
const SYSROOT = taking('directory', text('--sysroot=PATH', 'Create a new OSTree sysroot at PATH'));
const VERBOSE = flag('-v, --verbose', 'Print debug information during command processing');
const VERSION = flag('--version', 'Print version information and exit');

/** What coppice adds to every verb of ostree. */
export const COPPICE_OPTIONS: readonly OptionSpec[] = [
  text('--engine=auto|native|wasm|js', 'Engine that does the work (default: the fastest one that loads)'),
  text('--threads=N', 'Worker threads; 0 works on the calling thread (default: as many as there are cores)'),
  text('--max-memory=SIZE', 'Keep the whole process below SIZE, like 64M or 2G'),
  text('--nice=N', 'Nice value to run with, -20 to 19'),
  taking(['idle', 'best-effort'], text('--ionice=idle|best-effort[:N]', 'Disk priority to run with')),
  text('--cpu-percent=N', 'Use at most N percent of one processor on average'),
  flag('--json', 'Print results as JSON where the command can'),
  text('--progress=auto|plain|json|none', 'How progress is told on standard error'),
];

function without(options: readonly OptionSpec[], taken: readonly OptionSpec[]): OptionSpec[] {
  return options.filter((option) => !taken.some((other) => other.long === option.long));
}

/** `-v` belongs to `--verbose` unless the verb has another use for the letter. */
function verboseBeside(taken: readonly OptionSpec[]): OptionSpec {
  if (!taken.some((option) => option.short === VERBOSE.short)) return VERBOSE;
  return { long: VERBOSE.long, kind: VERBOSE.kind, help: VERBOSE.help };
}

function scopeOptions(scope: CommandSpec['scope']): OptionSpec[] {
  if (scope === 'none') return [];
  return scope === 'sysroot' ? [SYSROOT] : [REPO];
}

/** The options of ostree that the verb takes, in the order of `--help`. */
export function ostreeOptions(own: readonly OptionSpec[], scope: CommandSpec['scope']): OptionSpec[] {
  return [...without(scopeOptions(scope), own), ...own, verboseBeside(own), VERSION];
}

/** The options of coppice that the verb does not declare itself. */
export function coppiceOptions(own: readonly OptionSpec[]): OptionSpec[] {
  return without(COPPICE_OPTIONS, own);
}
