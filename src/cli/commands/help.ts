import { resolve } from 'node:path';
import { PROGRAM } from '../command-table.ts';
import type { CommandGroup } from '../command-table.ts';
import type { CommandSpec, Invocation } from '../command.ts';
import { findCommand } from '../find-command.ts';
import { installPages } from '../manual/install-pages.ts';
import { manualPage } from '../manual/manual-page.ts';
import { manualRoff } from '../manual/manual-roff.ts';
import { manualText } from '../manual/manual-text.ts';
import { badUsage, unknownWords } from '../usage-error.ts';

export function run({ args, options, program, env, out }: Invocation): Promise<number> {
  const spec = specOf(program, args);
  const directory = options.string('install');
  if (directory !== undefined) installPages(program, spec, resolve(env.workingDirectory, directory));
  else out(options.flag('man') ? manualRoff(manualPage(program, spec)) : manualText(manualPage(program, spec)));
  return Promise.resolve(0);
}

/** The command or group that the words name, the program where there are none. Throws USAGE. */
function specOf(program: string, words: readonly string[]): CommandSpec | CommandGroup {
  const found = findCommand(words, PROGRAM);
  if (found.kind === 'none') return found.group;
  if (found.kind === 'unknown') throw badUsage(unknownWords(found.group.name, found.word), hintFor(program, found.group));
  if (found.words.length === 0) return found.command;
  throw badUsage(`'${found.command.name}' has no subcommand '${found.words.join(' ')}'`);
}

function hintFor(program: string, group: CommandGroup): string {
  return `"${[program, 'help', group.name].join(' ').trimEnd()}" lists what there is`;
}
