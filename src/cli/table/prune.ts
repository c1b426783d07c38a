import type { CommandSpec } from '../command.ts';
import { flag, integer, list, text } from './option.ts';

export const prune: CommandSpec = {
  name: 'prune',
  positional: '',
  summary: 'Search for unreachable objects',
  options: [
    flag('--no-prune', "Only display unreachable objects; don't delete"),
    flag('--refs-only', 'Only compute reachability via refs'),
    integer('--depth=DEPTH', 'Only traverse DEPTH parents for each commit (default: -1=infinite)'),
    text('--delete-commit=COMMIT', 'Specify a commit to delete'),
    text('--keep-younger-than=DATE', 'Prune all commits older than the specified date'),
    flag(
      '--static-deltas-only',
      'Change the behavior of delete-commit and keep-younger-than to prune only static deltas',
    ),
    list('--retain-branch-depth=BRANCH=DEPTH', 'Additionally retain BRANCH=DEPTH commits'),
    list('--only-branch=BRANCH', 'Only prune BRANCH (may be specified multiple times)'),
    flag('--commit-only', 'Only traverse and delete commit objects.'),
  ],
  description: [
    'Deletes objects that no commit leads to. Every commit counts unless --refs-only, --depth or --keep-younger-than leaves some out. The repository is locked while objects are deleted, not while they are looked for.',
  ],
  examples: [
    { words: 'prune --refs-only --depth=3', what: 'Keeps three parents of every branch.' },
    { words: 'prune --no-prune --refs-only', what: 'Tells what would be deleted.' },
  ],
  reports: ['prune'],
  load: () => import('../commands/prune.ts'),
};
