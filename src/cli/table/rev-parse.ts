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
  description: ['Prints the checksum of the commit that REV names: a ref, a checksum or its beginning, each with as many ^ behind it as parents are to be gone up.'],
  examples: [{ words: 'rev-parse os/main^', what: "Prints the parent of a branch's commit." }],
  reports: ['rev-parse'],
  load: () => import('../commands/rev-parse.ts'),
};
