import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const ls: CommandSpec = {
  name: 'ls',
  positional: 'COMMIT [PATH...]',
  summary: 'List file paths',
  options: [
    flag('-d, --dironly', 'Do not recurse into directory arguments'),
    flag('-R, --recursive', 'Print directories recursively'),
    flag('-C, --checksum', 'Print checksum'),
    flag('-X, --xattrs', 'Print extended attributes'),
    flag('--nul-filenames-only', 'Print only filenames, NUL separated'),
  ],
  load: () => import('../commands/ls.ts'),
};
