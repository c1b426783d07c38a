import type { CommandSpec } from '../command.ts';
import { flag, integer, text } from './option.ts';

export const pullLocal: CommandSpec = {
  name: 'pull-local',
  positional: 'SRC_REPO [REFS...]',
  summary: 'Copy data from SRC_REPO',
  options: [
    flag('--commit-metadata-only', 'Fetch only the commit metadata'),
    text('--remote=REMOTE', 'Add REMOTE to refspec'),
    flag('--disable-fsync', 'Do not invoke fsync()'),
    flag('--per-object-fsync', 'Perform writes in such a way that avoids stalling concurrent processes'),
    flag('--untrusted', 'Verify checksums of local sources (always enabled for HTTP pulls)'),
    flag('--bareuseronly-files', 'Reject regular files with mode outside of 0775 (world writable, suid, etc.)'),
    flag('--require-static-deltas', 'Require static deltas'),
    flag('--gpg-verify', 'GPG verify commits (must specify --remote)'),
    flag('--gpg-verify-summary', 'GPG verify summary (must specify --remote)'),
    flag('--disable-verify-bindings', 'Do not verify commit bindings'),
    integer('--depth=DEPTH', 'Traverse DEPTH parents (-1=infinite) (default: 0)'),
  ],
  description: [
    'Copies commits, those of all branches where no REFS are given, with all that they lead to, from a repository on this machine. Everything is verified on the way. Where modes and file systems allow it, objects are linked or share their blocks.',
  ],
  examples: [
    { words: 'pull-local ../other os/main', what: 'Takes one branch.' },
    { words: 'pull-local --remote=origin ../other', what: 'Takes all branches as those of a remote.' },
  ],
  reports: ['pull-local'],
  load: () => import('../commands/pull-local.ts'),
};
