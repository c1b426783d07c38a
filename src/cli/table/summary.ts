import type { CommandSpec } from '../command.ts';
import { flag, list, notYet, ours, taking, text } from './option.ts';

export const summary: CommandSpec = {
  name: 'summary',
  positional: '',
  summary: 'Manage summary metadata',
  options: [
    flag('-u, --update', 'Update the summary'),
    flag('-v, --view', 'View the local summary file'),
    flag('--raw', 'View the raw bytes of the summary file'),
    notYet(list('--gpg-sign=KEY-ID', 'GPG Key ID to sign the summary with')),
    text('--gpg-homedir=HOMEDIR', 'GPG Homedir to use when looking for keyrings'),
    notYet(list('--sign=KEY-ID', 'Key ID to sign the summary with')),
    taking(['ed25519', 'dummy'], text('--sign-type=NAME', "Signature type to use (defaults to 'ed25519')")),
    list('-m, --add-metadata=KEY=VALUE', 'Additional metadata field to add to the summary'),
    ours(flag('--list-metadata-keys', "List the keys of the summary's metadata")),
    ours(text('--print-metadata-key=KEY', "Print the value of one key of the summary's metadata")),
  ],
  description: [
    'Writes, or shows, the file from which a client learns what refs a repository has, without having to list them. It has to be written anew after refs have changed, unless core.auto-update-summary is set.',
  ],
  examples: [
    { words: 'summary --update', what: 'Writes the summary.' },
    { words: 'summary --view', what: 'Shows it.' },
    { words: "summary --update --add-metadata=org.example.channel=\"'stable'\"", what: 'Writes it with a field more, whose value is GVariant text.' },
  ],
  reports: ['summary', 'summary-update', 'summary-value', 'summary-keys'],
  load: () => import('../commands/summary.ts'),
};
