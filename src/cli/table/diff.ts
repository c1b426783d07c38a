import type { CommandSpec } from '../command.ts';
import { flag, integer } from './option.ts';

export const diff: CommandSpec = {
  name: 'diff',
  positional: 'REV_OR_DIR REV_OR_DIR',
  summary: 'Compare directory TARGETDIR against revision REV',
  options: [
    flag('--stats', 'Print various statistics'),
    flag('--fs-diff', 'Print filesystem diff'),
    flag('--no-xattrs', 'Skip output of extended attributes'),
    integer('--owner-uid=UID', 'Use file ownership user id for local files'),
    integer('--owner-gid=GID', 'Use file ownership group id for local files'),
  ],
  description: [
    'Tells which paths were modified (M), deleted (D) and added (A) between two trees. A word that begins with / or ./ is a directory, any other is a commit; one commit alone is compared with its parent.',
  ],
  examples: [
    { words: 'diff os/main', what: 'Tells what the last commit changed.' },
    { words: 'diff os/main ./rootfs', what: 'Compares a directory with a commit.' },
  ],
  reports: ['diff'],
  load: () => import('../commands/diff.ts'),
};
