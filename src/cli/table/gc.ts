import type { CommandSpec } from '../command.ts';
import { flag, integer, list, text } from './option.ts';

export const gc: CommandSpec = {
  name: 'gc',
  positional: '',
  summary: 'Delete what no ref leads to, or tell what that would free',
  options: [
    flag('--estimate', 'Tell what would be freed, by commit; delete nothing'),
    integer('--depth=DEPTH', 'Keep DEPTH parents for each ref (default: -1=infinite)'),
    text('--keep-younger-than=DATE', 'Keep commits that are not older than the specified date'),
    list('--retain-branch-depth=BRANCH=DEPTH', 'Additionally retain BRANCH=DEPTH commits'),
    list('--only-branch=BRANCH', 'Take commits of BRANCH alone (may be specified multiple times)'),
  ],
  description: ['Deletes the objects that no ref leads to, as prune --refs-only does, and tells how much that freed. With --estimate nothing is deleted; what each commit would free is told instead.'],
  examples: [
    { words: 'gc --estimate --depth=0', what: "Tells what the branches' history takes." },
    { words: 'gc --keep-younger-than="30 days ago"', what: 'Deletes history that is older than a month.' },
  ],
  reports: ['gc', 'gc-estimate'],
  load: () => import('../commands/gc.ts'),
};
