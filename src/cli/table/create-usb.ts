import type { CommandSpec } from '../command.ts';
import { flag, text } from './option.ts';

export const createUsb: CommandSpec = {
  name: 'create-usb',
  positional: 'MOUNT-PATH COLLECTION-ID REF [COLLECTION-ID REF...]',
  summary: 'Copy the refs to a USB stick',
  options: [
    flag('--disable-fsync', 'Do not invoke fsync()'),
    text('--destination-repo=DEST', 'Use custom repository directory within the mount'),
    text('--commit=COMMIT', 'Pull a specific commit (only works when a single ref is specified)'),
  ],
  notYet: 'create-usb is not built yet',
};
