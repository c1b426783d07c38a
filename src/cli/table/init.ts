import type { CommandSpec } from '../command.ts';
import { text } from './option.ts';

export const init: CommandSpec = {
  name: 'init',
  positional: '',
  summary: 'Initialize a new empty repository',
  options: [
    text('--mode', 'Initialize repository in given mode (bare, bare-user, bare-user-only, archive)'),
    text(
      '--collection-id=COLLECTION-ID',
      'Globally unique ID for this repository as an collection of refs for redistribution to other repositories',
    ),
  ],
  load: () => import('../commands/init.ts'),
};
