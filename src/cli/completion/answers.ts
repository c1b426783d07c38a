/** What a completion script knows of the command table: four questions, each with its answers. */
import { isGroup, wordOf } from '../command-table.ts';
import type { CommandGroup, Member } from '../command-table.ts';
import type { CommandSpec, OptionSpec, ValueKind } from '../command.ts';
import { coppiceOptions, ostreeOptions } from '../table/global-options.ts';
import { isRepeating, kindsOfPositional } from '../table/value-kind.ts';

/** Lines that answer a question which any of these words ask. */
export interface Answer {
  readonly asked: readonly string[];
  readonly lines: readonly string[];
}

/**
 * Questions are asked with a command: its words (`remote add`), nothing for the program, and `-` for what all commands have, which
 * is in the answers of none. A kind is a word of `ValueKind`, or `words` with all words that there are behind it.
 */
export interface Answers {
  /** Asked with a group: the words that may follow, each with its summary behind a tab. */
  readonly members: readonly Answer[];
  /** The options, each with its help behind a tab; those that need a value end in `=`. */
  readonly options: readonly Answer[];
  /** Asked with `COMMAND OPTION`: the kind of the option's value. Options without one have no answer. */
  readonly values: readonly Answer[];
  /** The kinds of the positional words, in order, and `...` where the last one repeats. */
  readonly operands: readonly Answer[];
}

const HELP: OptionSpec = { long: 'help', short: 'h', kind: 'flag', help: 'Show help options' };
const SHARED = '-';

interface Entry {
  readonly spec: CommandSpec | CommandGroup;
  readonly options: readonly OptionSpec[];
}

export function answersOf(program: CommandGroup): Answers {
  const entries = entriesOf(program);
  const lists = entries.map(({ spec, options }) => ({ name: spec.name, options: options.flatMap(optionLines), values: options.flatMap(valuePairs) }));
  const sharedOptions = inAll(lists.map(({ options }) => options));
  const sharedValues = inAll(lists.map(({ values }) => values));
  const all = [{ name: SHARED, options: sharedOptions, values: sharedValues }, ...lists.map(({ name, options, values }) => ({
    name,
    options: without(options, sharedOptions),
    values: without(values, sharedValues),
  }))];
  return {
    members: entries.flatMap(({ spec }) => (isGroup(spec) ? [{ asked: [spec.name], lines: memberLines(spec.members) }] : [])),
    options: all.map(({ name, options }) => ({ asked: [name], lines: options })),
    values: all.flatMap(({ name, values }) => valueAnswers(name, values)),
    operands: entries.flatMap(({ spec }) => (isGroup(spec) ? [] : [{ asked: [spec.name], lines: operandLines(spec) }])),
  };
}

function inAll(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  return first.filter((line) => others.every((list) => list.includes(line)));
}

function without(lines: readonly string[], shared: readonly string[]): string[] {
  return lines.filter((line) => !shared.includes(line));
}

/** The spec and everything below it, members that are not listed too: who types their names may have them completed. */
function entriesOf(spec: CommandSpec | CommandGroup): Entry[] {
  if (!isGroup(spec)) return [{ spec, options: offeredOptions(spec, spec.scope) }];
  return [{ spec, options: groupOptions(spec) }, ...spec.members.flatMap((member) => entriesOf(member.spec))];
}

/** Which repository or system root it is may be said before the command is, whatever the group itself takes. */
function groupOptions(group: CommandGroup): OptionSpec[] {
  const options = [...offeredOptions(group, 'repo'), ...offeredOptions(group, 'sysroot')];
  return [...new Map(options.map((option) => [option.long, option])).values()];
}

function offeredOptions({ options }: CommandSpec | CommandGroup, scope: CommandSpec['scope']): OptionSpec[] {
  const all = [...ostreeOptions(options, scope), ...coppiceOptions(options), HELP];
  return all.filter((option) => option.hidden !== true && option.notYet !== true);
}

function memberLines(members: readonly Member[]): string[] {
  return members.filter((member) => member.hidden !== true).map(({ spec }) => `${wordOf(spec)}\t${spec.summary}`);
}

function optionLines(option: OptionSpec): string[] {
  const help = option.help.trim();
  const needsValue = option.kind !== 'flag' && option.kind !== 'optional-string';
  const long = `--${option.long}${needsValue ? '=' : ''}\t${help}`;
  return option.short === undefined ? [long] : [`-${option.short}\t${help}`, long];
}

/** Names of an option that takes a value, each with the kind behind a tab. */
function valuePairs({ long, short, kind, takes = 'text' }: OptionSpec): string[] {
  if (kind === 'flag') return [];
  const names = short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
  return names.map((name) => `${name}\t${kindLine(takes)}`);
}

/** Options of one command whose values are of one kind share an answer. */
function valueAnswers(command: string, pairs: readonly string[]): Answer[] {
  const byKind = new Map<string, string[]>();
  for (const [name = '', kind = ''] of pairs.map((pair) => pair.split('\t'))) {
    byKind.set(kind, [...(byKind.get(kind) ?? []), `${command} ${name}`]);
  }
  return [...byKind].map(([kind, asked]) => ({ asked, lines: [kind] }));
}

function operandLines({ positional, operands }: CommandSpec): string[] {
  const kinds = (operands ?? kindsOfPositional(positional)).map(kindLine);
  return isRepeating(positional) ? [...kinds, '...'] : kinds;
}

function kindLine(kind: ValueKind): string {
  return typeof kind === 'string' ? kind : `words ${kind.join(' ')}`;
}
