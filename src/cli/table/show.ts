import type { CommandSpec } from '../command.ts';
import { flag, text } from './option.ts';

export const show: CommandSpec = {
  name: 'show',
  positional: 'OBJECT',
  summary: 'Output a metadata object',
  options: [
    flag('--print-related', 'Show the "related" commits'),
    text('--print-variant-type=TYPE', 'Memory map OBJECT (in this case a filename) to the GVariant type string'),
    text('--print-metadata-key=KEY', 'Print string value of metadata key'),
    text('--print-detached-metadata-key=KEY', 'Print string value of detached metadata key'),
    flag('--print-sizes', 'Show the commit size metadata'),
    flag('--raw', 'Show raw variant data'),
    flag('-B, --no-byteswap', 'Do not automatically convert variant data from big endian'),
    text('--gpg-homedir=HOMEDIR', 'GPG Homedir to use when looking for keyrings'),
    text('--gpg-verify-remote=REMOTE', 'Use REMOTE name for GPG configuration'),
  ],
  description: ['Prints a commit, or the object of any type that a whole checksum names.'],
  examples: [
    { words: 'show os/main', what: 'Prints the commit that a ref names.' },
    { words: 'show --print-metadata-key=version os/main', what: 'Prints one value of its metadata.' },
  ],
  reports: ['show', 'show-value', 'show-sizes', 'show-related'],
  load: () => import('../commands/show.ts'),
};
