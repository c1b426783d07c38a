/** The pages of `--help`, laid out as GOption lays them out. */
import { isGroup, wordOf } from './command-table.ts';
import type { CommandGroup } from './command-table.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { coppiceOptions, ostreeOptions } from './table/global-options.ts';

export type Row = readonly [name: string, help: string];

/** A titled list in two columns; `width` is that of the first. */
export interface PageSection {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly width: number;
}

/** Blanks between the longest option and its help. */
const GAP = 5;
const HELP_ROW: Row = ['-h, --help', 'Show help options'];

export function rowOf(option: OptionSpec): Row {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.value === undefined ? '' : `=${option.value}`;
  return [`${short}--${option.long}${value}`, option.help];
}

function isOurs(option: OptionSpec): boolean {
  return option.ours === true;
}

function isShown(option: OptionSpec): boolean {
  return option.hidden !== true;
}

/** The options of a command by sections: ostree's own share one column; ours have another, so that ostree's part reads as it always did. */
export function optionSections(spec: CommandSpec | CommandGroup, toRow: (option: OptionSpec) => Row = rowOf): PageSection[] {
  const { options: own, scope } = spec;
  const application = ostreeOptions(own, scope).filter((option) => !isOurs(option)).map(toRow);
  const ours = [...own.filter(isOurs), ...coppiceOptions(own)].map(toRow);
  const width = widthOf([HELP_ROW, ...application]);
  return [
    { title: 'Help Options', rows: [HELP_ROW], width },
    { title: 'Application Options', rows: application, width },
    { title: 'Coppice Options', rows: ours, width: widthOf(ours) },
  ];
}

export function widthOf(rows: readonly Row[]): number {
  return Math.max(...rows.map(([name]) => name.length)) + GAP;
}

/** The members of a group that are not hidden; ours, where there are any, in a section of their own. */
export function memberSections(group: CommandGroup): PageSection[] {
  const rowsIf = (own: boolean): Row[] =>
    group.members.filter((member) => member.hidden !== true && (member.ours === true) === own).map(({ spec }): Row => [wordOf(spec), spec.summary]);
  const title = group.name === '' ? 'Builtin Commands' : `Builtin "${group.name}" Commands`;
  const ours = rowsIf(true);
  return [
    { title, rows: rowsIf(false), width: group.column },
    ...(ours.length === 0 ? [] : [{ title: 'Coppice Commands', rows: ours, width: group.column }]),
  ];
}

export function sectionText({ title, rows, width }: PageSection): string {
  return `${title}:\n${rows.map(([name, help]) => `  ${name.padEnd(width)}${help}\n`).join('')}\n`;
}

/** The words of the usage line. */
export function usageOf(program: string, spec: CommandSpec | CommandGroup): string {
  const options = isGroup(spec) && spec.plain === true ? '[OPTION...]' : '[OPTION…]';
  return [program, spec.name, options, spec.positional].filter((word) => word !== '').join(' ');
}

/** The usage line and the summary, which all pages begin with. */
export function headText(program: string, spec: CommandSpec | CommandGroup): string {
  const summary = spec.summary === '' ? '' : `${spec.summary}\n\n`;
  return `Usage:\n  ${usageOf(program, spec)}\n\n${isGroup(spec) && spec.plain === true ? '' : summary}`;
}

/** The help of a command or a group; `program` is the name that the user called. */
export function helpOf(program: string, spec: CommandSpec | CommandGroup): string {
  const listed = { ...spec, options: spec.options.filter(isShown) };
  const members = isGroup(spec) ? memberSections(spec) : [];
  const sections = isGroup(spec) && spec.plain === true ? members : [...members, ...optionSections(listed)];
  return headText(program, spec) + sections.map(sectionText).join('');
}
