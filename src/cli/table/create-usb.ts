import type { CommandSpec } from '../command.ts';
import { flag, taking, text } from './option.ts';

export const createUsb: CommandSpec = {
  name: 'create-usb',
  positional: 'MOUNT-PATH COLLECTION-ID REF [COLLECTION-ID REF...]',
  summary: 'Copy the refs to a USB stick',
  options: [
    flag('--disable-fsync', 'Do not invoke fsync()'),
    taking('directory', text('--destination-repo=DEST', 'Use custom repository directory within the mount')),
    text('--commit=COMMIT', 'Pull a specific commit (only works when a single ref is specified)'),
  ],
  description: [
    'Copies refs of collections, without their history, into a repository below MOUNT-PATH, where other machines find them when the drive is mounted there. ' +
      'It is .ostree/repo, or DEST, which a symlink in .ostree/repos.d then leads to, and is made in archive mode where there is none.',
    'The summary of that repository is written anew. Every object is verified on the way.',
  ],
  examples: [
    { words: 'create-usb /media/stick org.example.Os os/main', what: 'Puts one branch of a collection onto a drive.' },
    { words: 'create-usb --destination-repo=backup/repo /media/stick org.example.Os os/main org.example.Apps app/editor', what: 'Puts two branches into a repository of another place on it.' },
  ],
  reports: ['create-usb'],
  load: () => import('../commands/create-usb.ts'),
};
