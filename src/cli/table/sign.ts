import type { CommandSpec } from '../command.ts';
import { flag, taking, text } from './option.ts';

export const sign: CommandSpec = {
  name: 'sign',
  positional: 'COMMIT KEY-ID...',
  summary: 'Sign a commit',
  options: [
    flag('-d, --delete', 'Delete signatures having any of the KEY-IDs'),
    flag('--verify', 'Verify signatures'),
    taking(['ed25519', 'dummy'], text('-s, --sign-type=NAME', "Signature type to use (defaults to 'ed25519')")),
  ],
  notYet: 'sign is not built yet',
};
