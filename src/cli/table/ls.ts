import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const ls: CommandSpec = {
  name: 'ls',
  positional: 'COMMIT [PATH...]',
  operands: ['ref', 'path-in-commit'],
  summary: 'List file paths',
  options: [
    flag('-d, --dironly', 'Do not recurse into directory arguments'),
    flag('-R, --recursive', 'Print directories recursively'),
    flag('-C, --checksum', 'Print checksum'),
    flag('-X, --xattrs', 'Print extended attributes'),
    flag('--nul-filenames-only', 'Print only filenames, NUL separated'),
  ],
  description: ['Prints type, mode, owner, size and name of paths of a commit: of a directory its entries, of anything else itself.'],
  examples: [
    { words: 'ls os/main /usr/bin', what: 'Lists one directory.' },
    { words: 'ls -R --nul-filenames-only os/main', what: 'Prints every path of the commit, ended by NUL bytes.' },
  ],
  reports: ['ls'],
  load: () => import('../commands/ls.ts'),
};
