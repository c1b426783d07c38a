import type { CommandSpec } from '../command.ts';
import { flag, text } from './option.ts';

export const refs: CommandSpec = {
  name: 'refs',
  positional: '[PREFIX]',
  summary: 'List refs',
  options: [
    flag('--delete', 'Delete refs which match PREFIX, rather than listing them'),
    flag('--list', 'Do not remove the prefix from the refs'),
    flag('-A, --alias', 'If used with --create, create an alias, otherwise just list aliases'),
    text('--create=NEWREF', 'Create a new ref for an existing commit'),
    flag('-c, --collections', 'Enable listing collection IDs for refs'),
    flag('--force', 'Overwrite existing refs when creating'),
  ],
  load: () => import('../commands/refs.ts'),
};
