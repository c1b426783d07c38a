import { PROGRAM } from '../command-table.ts';
import type { Invocation } from '../command.ts';
import { answersOf } from '../completion/answers.ts';
import type { Answers } from '../completion/answers.ts';
import { bashScript } from '../completion/bash-script.ts';
import { fishScript } from '../completion/fish-script.ts';
import { zshScript } from '../completion/zsh-script.ts';
import { badUsage, usageError } from '../usage-error.ts';

const SCRIPTS: ReadonlyMap<string, (program: string, answers: Answers) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);

export function run({ args, program, out }: Invocation): Promise<number> {
  const [shell, ...more] = args;
  if (shell === undefined || more.length > 0) throw usageError('one SHELL must be given');
  const script = SCRIPTS.get(shell);
  if (script === undefined) throw badUsage(`no completion for the shell '${shell}'`, `there is one for ${[...SCRIPTS.keys()].join(', ')}`);
  out(script(program, answersOf(PROGRAM)));
  return Promise.resolve(0);
}
