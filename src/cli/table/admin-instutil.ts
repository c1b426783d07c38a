import type { CommandSpec } from '../command.ts';
import { flag, list } from './option.ts';

export const adminInstutilMembers: readonly CommandSpec[] = [
  {
    name: 'admin instutil selinux-ensure-labeled',
    positional: '[SUBPATH PREFIX]',
    summary: 'Relabel all or part of a deployment',
    options: [],
    scope: 'sysroot',
    notYet: 'admin instutil selinux-ensure-labeled is not built yet',
  },
  {
    name: 'admin instutil set-kargs',
    positional: 'ARGS',
    summary: 'Set new kernel command line arguments(Not stable)',
    options: [
      flag('--import-proc-cmdline', 'Import current /proc/cmdline'),
      flag('--merge', 'Merge with previous command line'),
      list(
        '--replace=NAME=VALUE',
        'Set kernel argument, like root=/dev/sda1; this overrides any earlier argument with the same name',
      ),
      list('--append=NAME=VALUE', 'Append kernel argument; useful with e.g. console= that can be used multiple times'),
    ],
    scope: 'sysroot',
    notYet: 'admin instutil set-kargs is not built yet',
  },
  {
    name: 'admin instutil grub2-generate',
    positional: '[BOOTVERSION]',
    summary: 'Generate GRUB2 configuration from given BLS entries',
    options: [],
    scope: 'sysroot',
    notYet: 'admin instutil grub2-generate is not built yet',
  },
];
