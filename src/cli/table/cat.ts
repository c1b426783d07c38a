import type { CommandSpec } from '../command.ts';

export const cat: CommandSpec = {
  name: 'cat',
  positional: 'COMMIT PATH...',
  summary: 'Concatenate contents of files',
  options: [],
  load: () => import('../commands/cat.ts'),
};
