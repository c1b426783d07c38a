import type { Example } from '../command.ts';
import type { PageSection, Row } from '../help.ts';
import { COPPICE_VERSION, RELEASE_DATE } from '../version.ts';
import type { ManualPage } from './manual-page.ts';
import { wrapText } from './wrap-text.ts';

/** Lines of the source, not of what is shown. */
const COLUMNS = 80;

/** The page in the man macros of roff, ASCII only: `man -l`, groff and mandoc show it. */
export function manualRoff(page: ManualPage): string {
  const { program, command, summary } = page;
  const name = pageName(page);
  const body = [
    `.TH ${quoted(name.toUpperCase())} 1 ${RELEASE_DATE} ${quoted(`coppice ${COPPICE_VERSION}`)} "User Commands"`,
    ...section('NAME', [`${escaped(name)} \\- ${escaped(summary)}`]),
    ...section('SYNOPSIS', [usageLine(page)]),
    ...section('DESCRIPTION', [summary, ...page.description].flatMap((text, index) => [...paragraph(index), ...lines(text)])),
    ...section('COMMANDS', page.members.flatMap(subsection)),
    ...section('OPTIONS', page.options.flatMap(subsection)),
    ...section('EXIT STATUS', page.exitStatuses.flatMap(entry)),
    ...section('ENVIRONMENT', page.variables.flatMap(entry)),
    ...section('EXAMPLES', page.examples.flatMap((example, index) => [...paragraph(index), ...exampleLines(program, example)])),
    ...section('SEE ALSO', seeAlso(program, command)),
  ];
  return `${body.join('\n')}\n`;
}

/** The name under which man knows the page: `coppice-remote-add`. */
export function pageName({ program, command }: Pick<ManualPage, 'program' | 'command'>): string {
  return [program, ...command.split(' ')].filter((word) => word !== '').join('-');
}

function section(title: string, content: readonly string[]): string[] {
  return content.length === 0 ? [] : [`.SH ${quoted(title)}`, ...content];
}

/** What stands in front of the nth paragraph of a section. */
function paragraph(index: number): string[] {
  return index === 0 ? [] : ['.PP'];
}

function subsection({ title, rows }: PageSection): string[] {
  return [`.SS ${quoted(title)}`, ...rows.flatMap(entry)];
}

function entry([name, help]: Row): string[] {
  return ['.TP', nameLine(name), ...lines(help)];
}

/** `-b, --branch=BRANCH`: what is typed is bold, what stands for something else italic. */
function nameLine(name: string): string {
  return name
    .split(', ')
    .map((word) => {
      const equals = word.startsWith('--') ? word.indexOf('=') : -1;
      return equals < 0 ? bold(word) : `${bold(word.slice(0, equals))}=${italic(word.slice(equals + 1))}`;
    })
    .join(', ');
}

function usageLine({ usage, program, command }: ManualPage): string {
  const typed = [program, command].filter((word) => word !== '').join(' ');
  return `${bold(typed)}${escaped(usage.slice(typed.length))}`;
}

function exampleLines(program: string, { words, what }: Example): string[] {
  return [...lines(what), '.RS 4', '.EX', bold(`${program} ${words}`), '.EE', '.RE'];
}

/** The page of the group, or of the program, that the command belongs to. */
function seeAlso(program: string, command: string): string[] {
  if (command === '') return [];
  const parent = [program, ...command.split(' ').slice(0, -1)].join('-');
  return [`${bold(parent)}(1)`];
}

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** Text as roff reads it: no character of it is a command, and none but ASCII. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...')
    .replaceAll(/[^\0-\x7f]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

/** Lines of running text; one that begins with a dot would be a request. */
function lines(text: string): string[] {
  return wrapText(escaped(text), COLUMNS).map((words) => (words.startsWith('.') ? `\\&${words}` : words));
}

/** An argument of a macro. */
function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}
