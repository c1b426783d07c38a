import type { CommandSpec } from '../command.ts';
import { flag } from './option.ts';

export const fsck: CommandSpec = {
  name: 'fsck',
  positional: '',
  summary: 'Check the repository for consistency',
  options: [
    flag('--add-tombstones', 'Add tombstones for missing commits'),
    flag('-q, --quiet', 'Only print error messages'),
    flag('-a, --all', "Don't stop on first error"),
    flag('--delete', 'Remove corrupted objects'),
    flag('--verify-bindings', 'Verify ref bindings'),
    flag('--verify-back-refs', 'Verify back-references (implies --verify-bindings)'),
  ],
  load: () => import('../commands/fsck.ts'),
};
