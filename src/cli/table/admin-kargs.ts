import type { CommandSpec } from '../command.ts';
import { list } from './option.ts';

export const adminKargsMembers: readonly CommandSpec[] = [
  {
    name: 'admin kargs edit-in-place',
    positional: 'ARGS',
    summary: 'Set new kernel command line arguments in place (applies to all deployments by default)',
    options: [
      list('--append-if-missing=NAME=VALUE', 'Append kernel arguments if they do not exist'),
    ],
    scope: 'sysroot',
    notYet: 'admin kargs edit-in-place is not built yet',
  },
];
