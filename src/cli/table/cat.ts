import type { CommandSpec } from '../command.ts';

export const cat: CommandSpec = {
  name: 'cat',
  positional: 'COMMIT PATH...',
  operands: ['ref', 'path-in-commit'],
  summary: 'Concatenate contents of files',
  options: [],
  description: ['Writes the contents of files of a commit to standard output, one behind the other. Symlinks are followed within the commit.'],
  examples: [{ words: 'cat os/main /usr/lib/os-release', what: 'Shows one file of the commit that the ref names.' }],
  load: () => import('../commands/cat.ts'),
};
