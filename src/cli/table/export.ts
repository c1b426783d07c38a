import type { CommandSpec } from '../command.ts';
import { flag, text } from './option.ts';

export const exportSpec: CommandSpec = {
  name: 'export',
  positional: 'COMMIT',
  summary: 'Stream COMMIT to stdout in tar format',
  options: [
    flag('--no-xattrs', 'Skip output of extended attributes'),
    text('--subpath=PATH', 'Checkout sub-directory PATH'),
    text('--prefix=PATH', 'Add PATH as prefix to archive pathnames'),
    text('-o, --output=PATH', 'Output to PATH '),
  ],
  load: () => import('../commands/export.ts'),
};
