import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const log: CommandSpec = {
  name: 'log',
  positional: 'REV',
  summary: 'Show log starting at commit or ref',
  options: [
    flag('--raw', 'Show raw variant data'),
  ],
  description: ['Prints the commit that REV names and its parents, the newest first.'],
  examples: [{ words: 'log os/main', what: 'Prints the history of a branch.' }],
  reports: ['log'],
  load: () => import('../commands/log.ts'),
};
