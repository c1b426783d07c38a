import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const checksum: CommandSpec = {
  name: 'checksum',
  positional: 'PATH',
  summary: 'Checksum a file or directory',
  options: [
    flag('--ignore-xattrs', "Don't include xattrs in checksum"),
  ],
  scope: 'none',
  load: () => import('../commands/checksum.ts'),
};
