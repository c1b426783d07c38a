import type { CommandSpec } from '../command.ts';
import { flag, list, taking, text } from './option.ts';

export const staticDeltaMembers: readonly CommandSpec[] = [
  {
    name: 'static-delta list',
    positional: '',
    summary: 'List static delta files',
    options: [],
    notYet: 'static-delta list is not built yet',
  },
  {
    name: 'static-delta show',
    positional: '',
    summary: 'Dump information on a delta',
    options: [],
    notYet: 'static-delta show is not built yet',
  },
  {
    name: 'static-delta delete',
    positional: '',
    summary: 'Remove a delta',
    options: [],
    notYet: 'static-delta delete is not built yet',
  },
  {
    name: 'static-delta generate',
    positional: '[TO]',
    summary: 'Generate static delta files',
    options: [
      text('--from=REV', 'Create delta from revision REV'),
      flag('--empty', 'Create delta from scratch'),
      flag('--inline', 'Inline delta parts into main delta'),
      text('--to=REV', 'Create delta to revision REV'),
      flag('--disable-bsdiff', 'Disable use of bsdiff'),
      flag('-n, --if-not-exists', 'Only generate if a delta does not already exist'),
      taking(['l', 'B'], text('--set-endianness=ENDIAN', "Choose metadata endianness ('l' or 'B')")),
      flag('--swap-endianness', 'Swap metadata endianness from host order'),
      text('--min-fallback-size', 'Minimum uncompressed size in megabytes for individual HTTP request'),
      text('--max-bsdiff-size', 'Maximum size in megabytes to consider bsdiff compression for input files'),
      text('--max-chunk-size', 'Maximum size of delta chunks in megabytes'),
      taking('directory', text(
        '--filename=PATH',
        'Write the delta content to PATH (a directory).  If not specified, the OSTree repository is used',
      )),
      list('--sign=KEY_ID', 'Sign the delta with'),
      taking(['ed25519', 'dummy'], text('--sign-type=NAME', "Signature type to use (defaults to 'ed25519')")),
    ],
    notYet: 'static-delta generate is not built yet',
  },
  {
    name: 'static-delta apply-offline',
    positional: '',
    summary: 'Apply static delta file',
    options: [
      taking(['ed25519', 'dummy'], text('--sign-type=NAME', "Signature type to use (defaults to 'ed25519')")),
    ],
    notYet: 'static-delta apply-offline is not built yet',
  },
  {
    name: 'static-delta verify',
    positional: 'STATIC-DELTA-FILE [KEY-ID...]',
    summary: 'Verify static delta signatures',
    options: [
      taking(['ed25519', 'dummy'], text('--sign-type=NAME', "Signature type to use (defaults to 'ed25519')")),
    ],
    notYet: 'static-delta verify is not built yet',
  },
  {
    name: 'static-delta indexes',
    positional: '',
    summary: 'List static delta indexes',
    options: [],
    notYet: 'static-delta indexes is not built yet',
  },
  {
    name: 'static-delta reindex',
    positional: '',
    summary: 'Regenerate static delta indexes',
    options: [
      text('--to=REV', 'Only update delta index to revision REV'),
    ],
    notYet: 'static-delta reindex is not built yet',
  },
];
