import type { CommandSpec } from '../command.ts';
import { text } from './option.ts';

export const config: CommandSpec = {
  name: 'config',
  positional: '(get KEY|set KEY VALUE|unset KEY)',
  summary: 'Change repo configuration settings',
  options: [
    text('--group', 'Group name'),
  ],
  load: () => import('../commands/config.ts'),
};
