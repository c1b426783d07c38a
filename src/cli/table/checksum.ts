import type { CommandSpec } from '../command.ts';
import { flag, ours, text } from './option.ts';

export const checksum: CommandSpec = {
  name: 'checksum',
  positional: 'PATH',
  operands: ['file'],
  summary: 'Checksum a file or directory',
  options: [
    flag('--ignore-xattrs', "Don't include xattrs in checksum"),
    ours(text('--checksum=ALGORITHM', 'What the object is named by: sha256 or blake3')),
  ],
  scope: 'none',
  description: ['Prints the checksum that the file, directory or symlink would have as an object of a repository, its owner, mode and extended attributes included.'],
  examples: [{ words: 'checksum /usr/bin/env', what: 'Names the object that holds this file.' }],
  reports: ['checksum'],
  load: () => import('../commands/checksum.ts'),
};
