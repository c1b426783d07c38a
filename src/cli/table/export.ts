import type { CommandSpec } from '../command.ts';
import { flag, taking, text } from './option.ts';

export const exportSpec: CommandSpec = {
  name: 'export',
  positional: 'COMMIT',
  summary: 'Stream COMMIT to stdout in tar format',
  options: [
    flag('--no-xattrs', 'Skip output of extended attributes'),
    taking('path-in-commit', text('--subpath=PATH', 'Checkout sub-directory PATH')),
    text('--prefix=PATH', 'Add PATH as prefix to archive pathnames'),
    taking('file', text('-o, --output=PATH', 'Output to PATH ')),
  ],
  description: ['Writes the tree of a commit as a tar archive to standard output or to a file. The same commit always gives the same bytes.'],
  examples: [{ words: 'export os/main | tar -xf - -C tree', what: 'Unpacks a commit with tar.' }],
  load: () => import('../commands/export.ts'),
};
