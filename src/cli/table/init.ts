import type { CommandSpec } from '../command.ts';
import { ours, taking, text } from './option.ts';

export const init: CommandSpec = {
  name: 'init',
  positional: '',
  summary: 'Initialize a new empty repository',
  options: [
    taking(['bare', 'bare-user', 'bare-user-only', 'archive'], text('--mode', 'Initialize repository in given mode (bare, bare-user, bare-user-only, archive)')),
    text(
      '--collection-id=COLLECTION-ID',
      'Globally unique ID for this repository as an collection of refs for redistribution to other repositories',
    ),
    ours(text('--checksum=ALGORITHM', 'What names the objects: sha256, or blake3, which ostree refuses to open')),
  ],
  description: [
    'Makes a repository at the path that --repo names, in mode bare where --mode says nothing. A repository that is there already stays as it is.',
    'bare keeps files as they are, with owner, mode and extended attributes, for systems that root deploys. bare-user keeps these apart in an attribute, bare-user-only drops them: both are for users without rights. ' +
      'archive compresses files and is what a web server offers.',
  ],
  examples: [
    { words: '--repo=repo init --mode=bare-user-only', what: 'Makes a repository that needs no rights.' },
    { words: '--repo=repo init --mode=archive', what: 'Makes a repository to serve over HTTP.' },
  ],
  load: () => import('../commands/init.ts'),
};
