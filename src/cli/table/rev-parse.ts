import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const revParse: CommandSpec = {
  name: 'rev-parse',
  positional: 'REV',
  summary: 'Output the target of a rev',
  options: [
    flag(
      '-S, --single',
      'If the repository has exactly one commit, then print it; any other case will result in an error',
    ),
  ],
  load: () => import('../commands/rev-parse.ts'),
};
