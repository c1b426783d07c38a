import type { CommandSpec } from '../command.ts';

export const reset: CommandSpec = {
  name: 'reset',
  positional: 'REF COMMIT',
  summary: 'Reset a REF to a previous COMMIT',
  options: [],
  description: ['Makes a ref that exists point to another commit.'],
  examples: [{ words: 'reset os/main os/main^', what: 'Takes the last commit of a branch back.' }],
  load: () => import('../commands/reset.ts'),
};
