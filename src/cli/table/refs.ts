import type { CommandSpec } from '../command.ts';
import { flag, text } from './option.ts';

export const refs: CommandSpec = {
  name: 'refs',
  positional: '[PREFIX]',
  operands: ['ref'],
  summary: 'List refs',
  options: [
    flag('--delete', 'Delete refs which match PREFIX, rather than listing them'),
    flag('--list', 'Do not remove the prefix from the refs'),
    flag('-A, --alias', 'If used with --create, create an alias, otherwise just list aliases'),
    text('--create=NEWREF', 'Create a new ref for an existing commit'),
    flag('-c, --collections', 'Enable listing collection IDs for refs'),
    flag('--force', 'Overwrite existing refs when creating'),
  ],
  description: ['Lists refs, those below PREFIX where it is given, or creates or deletes some.'],
  examples: [
    { words: 'refs', what: 'Lists all refs.' },
    { words: 'refs --create=os/stable os/main', what: 'Makes a second ref of the same commit.' },
    { words: 'refs --delete os/old', what: 'Deletes every ref below os/old.' },
  ],
  reports: ['refs', 'refs-collections'],
  load: () => import('../commands/refs.ts'),
};
