import type { CommandSpec } from '../command.ts';
import { flag, list, ours, taking, text } from './option.ts';

export const summary: CommandSpec = {
  name: 'summary',
  positional: '',
  summary: 'Manage summary metadata',
  options: [
    flag('-u, --update', 'Update the summary'),
    flag('-v, --view', 'View the local summary file'),
    flag('--raw', 'View the raw bytes of the summary file'),
    list('--gpg-sign=KEY-ID', 'GPG Key ID to sign the summary with'),
    text('--gpg-homedir=HOMEDIR', 'GPG Homedir to use when looking for keyrings'),
    list('--sign=KEY-ID', 'Key ID to sign the summary with'),
    taking(['ed25519', 'dummy'], text('--sign-type=NAME', "Signature type to use (defaults to 'ed25519')")),
    list('-m, --add-metadata=KEY=VALUE', 'Additional metadata field to add to the summary'),
    ours(flag('--list-metadata-keys', "List the keys of the summary's metadata")),
    ours(text('--print-metadata-key=KEY', "Print the value of one key of the summary's metadata")),
  ],
  load: () => import('../commands/summary.ts'),
};
