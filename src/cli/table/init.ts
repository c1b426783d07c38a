import type { CommandSpec } from '../command.ts';
import { ours, text } from './option.ts';

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
    ours(text('--checksum=ALGORITHM', 'What names the objects: sha256, or blake3, which ostree refuses to open')),
  ],
  load: () => import('../commands/init.ts'),
};
