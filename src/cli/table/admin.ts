import type { CommandSpec } from '../command.ts';
import { flag, hidden, integer, list, text } from './option.ts';

export const adminMembers: readonly CommandSpec[] = [
  {
    name: 'admin cleanup',
    positional: '',
    summary: 'Delete untagged deployments and repository objects',
    options: [],
    scope: 'sysroot',
    notYet: 'admin cleanup is not built yet',
  },
  {
    name: 'admin config-diff',
    positional: '',
    summary: 'Diff current /etc configuration versus default',
    options: [
      text('--os=OSNAME', 'Use a different operating system root than the current one'),
    ],
    scope: 'sysroot',
    notYet: 'admin config-diff is not built yet',
  },
  {
    name: 'admin deploy',
    positional: 'REFSPEC',
    summary: 'Checkout revision REFSPEC as the new default deployment',
    options: [
      text('--os=OSNAME', 'Use a different operating system root than the current one'),
      text('--origin-file=FILENAME', 'Specify origin file'),
      flag('--no-prune', "Don't prune the repo when done"),
      flag('--no-merge', 'Do not apply configuration (/etc and kernel arguments) from booted deployment'),
      flag('--retain', 'Do not delete previous deployments'),
      flag('--stage', 'Complete deployment at OS shutdown'),
      flag('--retain-pending', 'Do not delete pending deployments'),
      flag('--retain-rollback', 'Do not delete rollback deployments'),
      flag('--not-as-default', 'Append rather than prepend new deployment'),
      flag('--karg-proc-cmdline', 'Import current /proc/cmdline'),
      list(
        '--karg=NAME=VALUE',
        'Set kernel argument, like root=/dev/sda1; this overrides any earlier argument with the same name',
      ),
      list(
        '--karg-append=NAME=VALUE',
        'Append kernel argument; useful with e.g. console= that can be used multiple times',
      ),
      flag('--karg-none', 'Do not import kernel arguments'),
      list('--karg-delete=NAME=VALUE', 'Delete kernel argument if exists'),
      list('--overlay-initrd=FILE', 'Overlay iniramfs file'),
      hidden(flag('--lock-finalization', 'Prevent automatic deployment finalization on shutdown')),
    ],
    scope: 'sysroot',
    notYet: 'admin deploy is not built yet',
  },
  {
    name: 'admin init-fs',
    positional: 'PATH',
    operands: ['directory'],
    summary: 'Initialize a root filesystem',
    options: [
      flag('--modern', 'Only create /boot and /ostree'),
    ],
    scope: 'sysroot',
    notYet: 'admin init-fs is not built yet',
  },
  {
    name: 'admin os-init',
    positional: 'OSNAME',
    summary: 'Initialize empty state for given operating system',
    options: [],
    scope: 'sysroot',
    notYet: 'admin os-init is not built yet',
  },
  {
    name: 'admin pin',
    positional: 'INDEX',
    summary: 'Change the "pinning" state of a deployment',
    options: [
      flag('-u, --unpin', 'Unset pin'),
    ],
    scope: 'sysroot',
    notYet: 'admin pin is not built yet',
  },
  {
    name: 'admin set-origin',
    positional: 'REMOTENAME URL [BRANCH]',
    summary: 'Set Origin and create a new origin file',
    options: [
      list('-s, --set=KEY=VALUE', 'Set config option KEY=VALUE for remote'),
      integer('--index=INDEX', 'Operate on the deployment INDEX, starting from zero'),
    ],
    scope: 'sysroot',
    notYet: 'admin set-origin is not built yet',
  },
  {
    name: 'admin status',
    positional: '',
    summary: 'List deployments',
    options: [
      flag('-V, --verify', 'Print the commit verification status'),
    ],
    scope: 'sysroot',
    notYet: 'admin status is not built yet',
  },
  {
    name: 'admin switch',
    positional: 'REFSPEC',
    summary: 'Construct new tree from REFSPEC and deploy it',
    options: [
      flag('-r, --reboot', 'Reboot after switching trees'),
      text('--os=OSNAME', 'Use a different operating system root than the current one'),
    ],
    scope: 'sysroot',
    notYet: 'admin switch is not built yet',
  },
  {
    name: 'admin undeploy',
    positional: 'INDEX',
    summary: 'Delete deployment INDEX',
    options: [],
    scope: 'sysroot',
    notYet: 'admin undeploy is not built yet',
  },
  {
    name: 'admin unlock',
    positional: '',
    summary: 'Make the current deployment mutable (as a hotfix or development)',
    options: [
      flag('--hotfix', 'Retain changes across reboots'),
      flag('--transient', 'Mount overlayfs read-only by default'),
    ],
    scope: 'sysroot',
    notYet: 'admin unlock is not built yet',
  },
  {
    name: 'admin upgrade',
    positional: '',
    summary: 'Construct new tree from current origin and deploy it, if it changed',
    options: [
      text('--os=OSNAME', 'Use a different operating system root than the current one'),
      flag('-r, --reboot', 'Reboot after a successful upgrade'),
      flag('--allow-downgrade', 'Permit deployment of chronologically older trees'),
      text('--override-commit=CHECKSUM', 'Deploy CHECKSUM instead of the latest tree'),
      flag('--pull-only', 'Do not create a deployment, just download'),
      flag('--deploy-only', 'Do not pull, only deploy'),
      flag('--stage', 'Enable staging (finalization at reboot time)'),
    ],
    scope: 'sysroot',
    notYet: 'admin upgrade is not built yet',
  },
];

/** Run by systemd units, not by people: the listing of `admin` leaves them out. */
export const adminHiddenMembers: readonly CommandSpec[] = [
  {
    name: 'admin finalize-staged',
    positional: '',
    summary: 'Internal command to run at shutdown time',
    options: [],
    scope: 'sysroot',
    notYet: 'admin finalize-staged is not built yet',
  },
  {
    name: 'admin boot-complete',
    positional: '',
    summary: 'Internal command to run at boot after an update was applied',
    options: [],
    scope: 'sysroot',
    notYet: 'admin boot-complete is not built yet',
  },
];
