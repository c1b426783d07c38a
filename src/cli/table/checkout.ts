import type { CommandSpec } from '../command.ts';
import { flag, hidden, ours, taking, text } from './option.ts';

export const checkout: CommandSpec = {
  name: 'checkout',
  positional: 'COMMIT [DESTINATION]',
  summary: 'Check out a commit into a filesystem tree',
  options: [
    flag('-U, --user-mode', 'Do not change file ownership or initialize extended attributes'),
    flag('--disable-cache', 'Do not update or use the internal repository uncompressed object cache'),
    taking('path-in-commit', text('--subpath=PATH', 'Checkout sub-directory PATH')),
    flag('--union', 'Keep existing directories, overwrite existing files'),
    flag('--union-add', 'Keep existing files/directories, only add new'),
    flag(
      '--union-identical',
      'When layering checkouts, error out if a file would be replaced with a different version, but add new files and directories',
    ),
    flag('--whiteouts', "Process 'whiteout' (Docker style) entries"),
    flag('--process-passthrough-whiteouts', 'Enable overlayfs whiteout extraction into char 0:0 devices'),
    flag('--allow-noent', 'Do nothing if specified path does not exist'),
    flag('--from-stdin', 'Process many checkouts from standard input'),
    text('--from-file=FILE', 'Process many checkouts from input file'),
    text('--fsync=POLICY', 'Specify how to invoke fsync()'),
    flag('-H, --require-hardlinks', 'Do not fall back to full copies if hardlinking fails'),
    flag('-C, --force-copy', 'Never hardlink (but may reflink if available)'),
    flag('-M, --bareuseronly-dirs', 'Suppress mode bits outside of 0775 for directories (suid, world writable, etc.)'),
    text('--skip-list=FILE', 'File containing list of files to skip'),
    taking('directory', text(
      '--selinux-policy=PATH',
      'Set SELinux labels based on policy in root filesystem PATH (may be /); implies --force-copy',
    )),
    text('--selinux-prefix=PREFIX', 'When setting SELinux labels, prefix all paths by PREFIX'),
    ours(flag('--update', 'Turn an existing checkout into one of COMMIT, touching only what differs')),
    ours(text('--update-from=COMMIT', 'The commit that the checkout has now, where the repository does not know; implies --update')),
    ours(flag('--force', 'With --update, overwrite local changes that are in the way')),
    hidden(flag('-z, --force-copy-zerosized', 'Do not hardlink zero-sized files')),
  ],
  description: [
    'Makes the tree of a commit at DESTINATION, which is COMMIT in the working directory where it is not given. ' +
      'Files become hardlinks to objects of the repository where its mode and the file system allow it, and copies elsewhere. ' +
      'Hardlinked files must not be written in place: they are the objects themselves.',
    'A destination that exists is refused unless one of the --union options says what to do with what is there, or --update turns an earlier checkout into one of COMMIT.',
  ],
  exitStatuses: [['1', 'With --update: local changes are in the way, which --force overwrites.']],
  examples: [
    { words: 'checkout -U -H os/main tree', what: 'Links all files of the commit below tree, as a user without rights.' },
    { words: 'checkout --subpath=/usr/etc os/main etc', what: 'Makes one directory of the commit.' },
    { words: 'checkout --update os/main tree', what: 'Brings an earlier checkout up to date, touching what differs.' },
  ],
  reports: ['checkout', 'checkout-update', 'checkout-update-refused'],
  load: () => import('../commands/checkout.ts'),
};
