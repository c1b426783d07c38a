import type { CommandSpec } from '../command.ts';
import { flag, notYet, taking, text } from './option.ts';

export const findRemotes: CommandSpec = {
  name: 'find-remotes',
  positional: 'COLLECTION-ID REF [COLLECTION-ID REF...]',
  summary: 'Find remotes to serve the given refs',
  options: [
    taking('directory', text('--cache-dir', 'Use custom cache dir')),
    flag('--disable-fsync', 'Do not invoke fsync()'),
    text('--finders=FINDERS', 'Use the specified comma separated list of finders (e.g. config,lan,mount)'),
    notYet(flag('--pull', 'Pull the updates after finding them')),
    flag('--mirror', 'Do a mirror pull (see ostree pull --mirror)'),
  ],
  description: [
    'Looks for refs of collections in the remotes of the configuration that lie on this machine, and on mounted drives (create-usb puts them there), and prints which repositories have their newest commits. Remotes on the network are named on standard error and not asked.',
  ],
  examples: [
    { words: 'find-remotes --finders=mount org.example.Os os/main', what: 'Looks on drives alone.' },
  ],
  reports: ['find-remotes'],
  load: () => import('../commands/find-remotes.ts'),
};
