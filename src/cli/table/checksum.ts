import type { CommandSpec } from '../command.ts';
import { flag, ours, text } from './option.ts';

export const checksum: CommandSpec = {
  name: 'checksum',
  positional: 'PATH',
  summary: 'Checksum a file or directory',
  options: [
    flag('--ignore-xattrs', "Don't include xattrs in checksum"),
    ours(text('--checksum=ALGORITHM', 'What the object is named by: sha256 or blake3')),
  ],
  scope: 'none',
  load: () => import('../commands/checksum.ts'),
};
