import type { CommandSpec } from '../command.ts';
import { flag, ours, taking, text } from './option.ts';

export const help: CommandSpec = {
  name: 'help',
  positional: '[COMMAND...]',
  operands: ['verb'],
  summary: 'Print the whole manual page of a command',
  scope: 'none',
  options: [
    ours(flag('--man', 'Print the page in the language of man(1)')),
    ours(taking('directory', text('--install=DIR', 'Write the page, and those of its commands, below DIR for man(1); prints nothing'))),
  ],
  description: [
    'Prints what --help prints and what a page of --help has no room for: what the command is for, every option that it takes, its exit statuses and examples. ' +
      'Without a command the page is that of the program.',
    'All of it comes from the table that the command line is read with.',
  ],
  examples: [
    { words: 'help commit', what: 'Tells all about one command.' },
    { words: 'help remote add', what: 'Tells about a member of a group.' },
    { words: 'help --man commit | man -l -', what: 'Shows the page as man shows any other.' },
    { words: 'help --install=/usr/local/share/man', what: 'Installs all pages.' },
  ],
  load: () => import('../commands/help.ts'),
};
