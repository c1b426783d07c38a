/** The manual page of a command, made from the command table: what it says, not how it looks. */
import { isGroup } from '../command-table.ts';
import type { CommandGroup } from '../command-table.ts';
import type { CommandSpec, Example, ExitStatus, OptionSpec } from '../command.ts';
import { memberSections, optionSections, rowOf, usageOf } from '../help.ts';
import type { PageSection, Row } from '../help.ts';
import { EXIT_STATUSES } from '../table/exit-statuses.ts';
import { VARIABLES } from '../table/variables.ts';

export interface ManualPage {
  /** The name that the user called the program by. */
  readonly program: string;
  /** The words of the command; empty for the program itself. */
  readonly command: string;
  readonly summary: string;
  /** The words of the usage line. */
  readonly usage: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly members: readonly PageSection[];
  readonly options: readonly PageSection[];
  readonly exitStatuses: readonly ExitStatus[];
  readonly variables: readonly Row[];
  readonly examples: readonly Example[];
}

const PROGRAM_SUMMARY = 'Manage repositories of operating system trees';
const PROGRAM_DESCRIPTION = [
  'Keeps whole operating system trees in a content-addressed repository, and checks them out, verifies them and moves them between repositories. Formats and command line are those of ostree.',
  'The command is the first word that does not begin with a dash. Options may stand anywhere. A word that is no command runs the program ostree-WORD.',
];

export function manualPage(program: string, spec: CommandSpec | CommandGroup): ManualPage {
  const isProgram = spec.name === '';
  return {
    program,
    command: spec.name,
    summary: isProgram ? PROGRAM_SUMMARY : spec.summary,
    usage: usageOf(program, spec),
    description: isProgram ? PROGRAM_DESCRIPTION : descriptionOf(spec),
    members: isGroup(spec) ? memberSections(spec) : [],
    options: optionSections(spec, manualRow),
    exitStatuses: exitStatusesOf(spec),
    variables: isProgram ? VARIABLES : [],
    examples: spec.examples ?? [],
  };
}

function descriptionOf(spec: CommandSpec | CommandGroup): string[] {
  const description = spec.description ?? [];
  if (isGroup(spec)) return [...description];
  if (spec.load === undefined) return [...description, 'This command is not built yet: it reads its options and fails.'];
  return spec.reports === undefined ? [...description] : [...description, reportSentence(spec.reports)];
}

function reportSentence(reports: readonly string[]): string {
  return `With --json it prints what report.schema.json of the package defines as ${reports.join(', ')}.`;
}

function manualRow(option: OptionSpec): Row {
  const [name, help] = rowOf(option);
  return [name, option.notYet === true ? `${help} (not built yet)` : help];
}

/** What a status means to the command itself stands behind what it means to all. */
function exitStatusesOf({ exitStatuses: own = [] }: CommandSpec | CommandGroup): ExitStatus[] {
  return EXIT_STATUSES.map(([status, meaning]): ExitStatus => {
    const more = own.filter(([other]) => other === status).map(([, words]) => words);
    return [status, [meaning, ...more].join(' ')];
  });
}
