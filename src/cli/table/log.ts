import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const log: CommandSpec = {
  name: 'log',
  positional: 'REV',
  summary: 'Show log starting at commit or ref',
  options: [
    flag('--raw', 'Show raw variant data'),
  ],
  load: () => import('../commands/log.ts'),
};
