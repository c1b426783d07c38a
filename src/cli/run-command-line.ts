import { CoppiceError } from '../base/errors.ts';
import { helpOf } from './help.ts';
import { PROGRAM } from './command-table.ts';
import type { CommandGroup } from './command-table.ts';
import type { CommandModule, CommandSpec, GlobalSettings, OptionSpec, ParsedOptions } from './command.ts';
import type { CommandLine } from './env.ts';
import { findExternalCommand, runExternalCommand } from './external-command.ts';
import { findCommand } from './find-command.ts';
import { ClosedPipe } from './output-stream.ts';
import { parseArgs } from './parse-args.ts';
import type { ParsedWords } from './parse-args.ts';
import { errorLines } from './report-error.ts';
import { readSettings } from './settings.ts';
import { coppiceOptions, ostreeOptions } from './table/global-options.ts';
import type { Terminal } from './terminal.ts';
import { badUsage, unknownWords, usageError, wantsUsage } from './usage-error.ts';
import { versionPage } from './version.ts';

/** What a run needs from the process around it. */
export interface RunContext {
  readonly line: CommandLine;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The words of a line, and the settings they and the environment make, which `--help` does without. */
interface ReadLine {
  readonly words: ParsedWords;
  readonly settings: () => GlobalSettings;
}

const FAILED = 1;

/** Runs one command line; resolves to the exit status. Failures are told on standard error, ClosedPipe is passed on. */
export async function runCommandLine(context: RunContext): Promise<number> {
  const found = findCommand(context.line.words);
  if (found.kind === 'command') {
    return reporting(context, found.command, () => runCommand(context, found.command, found.words));
  }
  if (found.kind === 'unknown' && found.group === PROGRAM) {
    const program = findExternalCommand(found.word, context.line.env.path);
    if (program !== undefined) {
      return reporting(context, PROGRAM, () => runExternalCommand(program, context.line.words, context.signal));
    }
  }
  const unknown = found.kind === 'unknown' ? found.word : undefined;
  return reporting(context, found.group, () => answerGroup(context, found.group, found.words, unknown));
}

/** Turns what was thrown into lines on standard error; a misused command or group shows its usage first. */
async function reporting(
  context: RunContext,
  spec: CommandSpec | CommandGroup,
  work: () => Promise<number>,
): Promise<number> {
  try {
    const status = await work();
    context.terminal.flush();
    return status;
  } catch (error) {
    if (error instanceof ClosedPipe) throw error;
    const verbose = (context.line.words.includes('-v') && !hasOwnV(spec)) || context.line.words.includes('--verbose');
    const usage = error instanceof CoppiceError && wantsUsage(error) ? helpOf(context.line.program, spec) : '';
    context.terminal.writeError(`${usage}${errorLines(error, { verbose }).join('\n')}\n`);
    return FAILED;
  }
}

/** `summary -v` asks for the view. */
function hasOwnV({ options }: CommandSpec | CommandGroup): boolean {
  return options.some(({ short }) => short === 'v');
}

async function answeredByItself(
  context: RunContext,
  spec: CommandSpec | CommandGroup,
  { words, settings }: ReadLine,
): Promise<boolean> {
  if (words.help) context.terminal.out(helpOf(context.line.program, spec));
  else if (words.options.flag('version')) context.terminal.out(await versionPage(settings()));
  else return false;
  return true;
}

function readLine(context: RunContext, specs: readonly OptionSpec[], words: readonly string[]): ReadLine {
  if (!context.line.isUtf8) throw badUsage('Invalid byte sequence in conversion input');
  const parsed = parseArgs(specs, words);
  return { words: parsed, settings: () => readSettings(specs, parsed.options, context.line.variables) };
}

function specsOf(spec: CommandSpec | CommandGroup): OptionSpec[] {
  return [...ostreeOptions(spec.options, spec.scope), ...coppiceOptions(spec.options)];
}

async function loadModule(command: CommandSpec): Promise<CommandModule> {
  if (command.load !== undefined) return command.load();
  throw new CoppiceError('NOT_IMPLEMENTED', command.notYet ?? `${command.name} is not built yet`);
}

function refuseUnbuilt(command: CommandSpec, options: ParsedOptions): void {
  const unbuilt = command.options.filter((option) => option.notYet === true).map((option) => option.long);
  const used = options.ordered.find(({ long }) => unbuilt.includes(long));
  if (used !== undefined) throw new CoppiceError('NOT_IMPLEMENTED', `${command.name} --${used.long} is not built yet`);
}

async function runCommand(context: RunContext, command: CommandSpec, words: readonly string[]): Promise<number> {
  const line = readLine(context, specsOf(command), words);
  if (await answeredByItself(context, command, line)) return 0;
  const settings = line.settings();
  refuseUnbuilt(command, line.words.options);
  const module = await loadModule(command);
  return module.run({
    command,
    program: context.line.program,
    options: line.words.options,
    args: line.words.args,
    settings,
    env: context.line.env,
    out: context.terminal.out,
    warn: context.terminal.warn,
    status: context.terminal.status,
    interactive: context.terminal.interactive,
    signal: context.signal,
  });
}

/** A group alone answers `--help` and `--version`; everything else is an error under its usage. */
async function answerGroup(
  context: RunContext,
  group: CommandGroup,
  words: readonly string[],
  unknown: string | undefined,
): Promise<number> {
  const line = readGroupLine(context, group, words);
  if (await answeredByItself(context, group, line)) return 0;
  if (group.name === 'admin' && line.words.options.flag('print-current-dir')) {
    throw new CoppiceError('NOT_IMPLEMENTED', 'admin --print-current-dir is not built yet');
  }
  throw usageError(unknown === undefined ? group.emptyError : unknownWords(group.name, unknown));
}

function readGroupLine(context: RunContext, group: CommandGroup, words: readonly string[]): ReadLine {
  try {
    return readLine(context, specsOf(group), words);
  } catch (error) {
    throw error instanceof CoppiceError ? usageError(error.message) : error;
  }
}
