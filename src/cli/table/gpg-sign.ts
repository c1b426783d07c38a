import type { CommandSpec } from '../command.ts';
import { flag, text } from './option.ts';

export const gpgSign: CommandSpec = {
  name: 'gpg-sign',
  positional: 'COMMIT KEY-ID...',
  summary: 'Sign a commit',
  options: [
    flag('-d, --delete', 'Delete signatures having any of the GPG KEY-IDs'),
    text('--gpg-homedir=HOMEDIR', 'GPG Homedir to use when looking for keyrings'),
  ],
  notYet: 'gpg-sign is not built yet',
};
