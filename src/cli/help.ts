/** The pages of `--help`, laid out as GOption lays them out. */
import { isGroup, wordOf } from './command-table.ts';
import type { CommandGroup } from './command-table.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { coppiceOptions, ostreeOptions } from './table/global-options.ts';

type Row = readonly [name: string, help: string];

/** Blanks between the longest option and its help. */
const GAP = 5;
const HELP_ROW: Row = ['-h, --help', 'Show help options'];

function rowOf(option: OptionSpec): Row {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.value === undefined ? '' : `=${option.value}`;
  return [`${short}--${option.long}${value}`, option.help];
}

function rowsOf(options: readonly OptionSpec[]): Row[] {
  return options.filter((option) => option.hidden !== true).map(rowOf);
}

function section(title: string, rows: readonly Row[], width: number): string {
  return `${title}:\n${rows.map(([name, help]) => `  ${name.padEnd(width)}${help}\n`).join('')}\n`;
}

function isOurs(option: OptionSpec): boolean {
  return option.ours === true;
}

/** ostree's own options share one column; ours have another, so that ostree's part reads as it always did. */
function optionSections(own: readonly OptionSpec[], scope: CommandSpec['scope']): string {
  const application = rowsOf(ostreeOptions(own, scope).filter((option) => !isOurs(option)));
  const ours = rowsOf([...own.filter(isOurs), ...coppiceOptions(own)]);
  const width = widthOf([HELP_ROW, ...application]);
  return (
    section('Help Options', [HELP_ROW], width) +
    section('Application Options', application, width) +
    section('Coppice Options', ours, widthOf(ours))
  );
}

function widthOf(rows: readonly Row[]): number {
  return Math.max(...rows.map(([name]) => name.length)) + GAP;
}

function usageLine(words: readonly string[]): string {
  return `Usage:\n  ${words.filter((word) => word !== '').join(' ')}\n\n`;
}

/** The help of one verb; `program` is the name that the user called. */
export function commandHelp(program: string, command: CommandSpec): string {
  const usage = usageLine([program, command.name, '[OPTION…]', command.positional]);
  return `${usage}${command.summary}\n\n${optionSections(command.options, command.scope)}`;
}

function memberList(group: CommandGroup): string {
  const title = group.name === '' ? 'Builtin Commands' : `Builtin "${group.name}" Commands`;
  const rowsIf = (own: boolean): Row[] =>
    group.members.filter((member) => member.hidden !== true && (member.ours === true) === own).map(({ spec }): Row => [wordOf(spec), spec.summary]);
  const ours = rowsIf(true);
  return section(title, rowsIf(false), group.column) + (ours.length === 0 ? '' : section('Coppice Commands', ours, group.column));
}

/** The help of a group of commands or of the whole program. */
export function groupHelp(program: string, group: CommandGroup): string {
  const usage = usageLine([program, group.name, group.plain === true ? '[OPTION...]' : '[OPTION…]', group.positional]);
  if (group.plain === true) return usage + memberList(group);
  const summary = group.summary === '' ? '' : `${group.summary}\n\n`;
  return usage + summary + memberList(group) + optionSections(group.options, group.scope);
}

export function helpOf(program: string, spec: CommandSpec | CommandGroup): string {
  return isGroup(spec) ? groupHelp(program, spec) : commandHelp(program, spec);
}
