import { isGroup, PROGRAM, wordOf } from './command-table.ts';
import type { CommandGroup } from './command-table.ts';
import type { CommandSpec } from './command.ts';

/** Which command the words of a line name. `words` are those that are left: its options and arguments. */
export type FoundCommand =
  | { readonly kind: 'command'; readonly command: CommandSpec; readonly words: readonly string[] }
  | { readonly kind: 'none'; readonly group: CommandGroup; readonly words: readonly string[] }
  | { readonly kind: 'unknown'; readonly group: CommandGroup; readonly word: string; readonly words: readonly string[] };

/** The first word without a dash names the command, wherever it stands; in a group the next one names the member. */
export function findCommand(words: readonly string[], group: CommandGroup = PROGRAM): FoundCommand {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const word = words[at];
  if (word === undefined) return { kind: 'none', group, words };
  const rest = words.toSpliced(at, 1);
  const spec = group.members.find((member) => wordOf(member.spec) === word)?.spec;
  if (spec === undefined) return { kind: 'unknown', group, word, words: rest };
  return isGroup(spec) ? findCommand(rest, spec) : { kind: 'command', command: spec, words: rest };
}
