import type { CommandSpec } from '../command.ts';
import { flag, list, ours } from './option.ts';

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
    ours(flag('--repair', 'Replace damaged and missing objects by sound ones of --from')),
    ours(list('--from=PATH', 'A repository of any mode, or a directory tree; may be given several times')),
  ],
  description: [
    'Reads every object that a commit of the repository leads to and compares it with its checksum. The run ends at the first object that is damaged or missing unless --all or --delete is given; then it goes on and fails at the end.',
  ],
  exitStatuses: [['1', 'An object is damaged or missing.']],
  examples: [
    { words: 'fsck', what: 'Checks everything.' },
    { words: 'fsck --delete', what: 'Removes damaged objects, so that a pull brings them again.' },
  ],
  reports: ['fsck'],
  load: () => import('../commands/fsck.ts'),
};
