import type { CommandSpec } from '../command.ts';
import { flag, taking, text } from './option.ts';

export const findRemotes: CommandSpec = {
  name: 'find-remotes',
  positional: 'COLLECTION-ID REF [COLLECTION-ID REF...]',
  summary: 'Find remotes to serve the given refs',
  options: [
    taking('directory', text('--cache-dir', 'Use custom cache dir')),
    flag('--disable-fsync', 'Do not invoke fsync()'),
    text('--finders=FINDERS', 'Use the specified comma separated list of finders (e.g. config,lan,mount)'),
    flag('--pull', 'Pull the updates after finding them'),
    flag('--mirror', 'Do a mirror pull (see ostree pull --mirror)'),
  ],
  notYet: 'find-remotes is not built yet',
};
