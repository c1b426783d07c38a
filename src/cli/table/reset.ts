import type { CommandSpec } from '../command.ts';

export const reset: CommandSpec = {
  name: 'reset',
  positional: 'REF COMMIT',
  summary: 'Reset a REF to a previous COMMIT',
  options: [],
  load: () => import('../commands/reset.ts'),
};
