import type { ExitStatus } from '../command.ts';

/** What the statuses mean that every command may end with. */
export const EXIT_STATUSES: readonly ExitStatus[] = [
  ['0', 'The command did what it was asked to do.'],
  ['1', 'It failed, or the command line was wrong; standard error says why.'],
  ['130, 143', 'SIGINT or SIGTERM interrupted it; it has cleaned up.'],
  ['141', 'Nobody reads its standard output any more.'],
];
