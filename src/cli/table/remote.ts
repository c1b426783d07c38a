import type { CommandSpec } from '../command.ts';
import { flag, list, taking, text } from './option.ts';

export const remoteMembers: readonly CommandSpec[] = [
  {
    name: 'remote add',
    positional: 'NAME [metalink=|mirrorlist=]URL [BRANCH...]',
    summary: 'Add a remote repository',
    options: [
      list('--set=KEY=VALUE', 'Set config option KEY=VALUE for remote'),
      flag('--no-gpg-verify', 'Disable GPG verification'),
      flag('--no-sign-verify', 'Disable signature verification'),
      list(
        '--sign-verify=KEYTYPE=[inline|file]:PUBKEY',
        'Verify signatures using KEYTYPE=inline:PUBKEY or KEYTYPE=file:/path/to/key',
      ),
      flag('--if-not-exists', 'Do nothing if the provided remote exists'),
      flag('--force', 'Replace the provided remote if it exists'),
      text('--gpg-import=FILE', 'Import GPG key from FILE'),
      text('--custom-backend=NAME', 'This remote has content not fetched via libostree'),
      text('--contenturl=URL', 'Use URL when fetching content'),
      text(
        '--collection-id=COLLECTION-ID',
        'Globally unique ID for this repository as an collection of refs for redistribution to other repositories',
      ),
      taking('directory', text('--repo=PATH', 'Path to OSTree repository (defaults to /sysroot/ostree/repo)')),
      taking('directory', text('--sysroot=PATH', 'Use sysroot at PATH (overrides --repo)')),
    ],
    notYet: 'remote add is not built yet',
  },
  {
    name: 'remote delete',
    positional: 'NAME',
    summary: 'Delete a remote repository',
    options: [
      flag('--if-exists', 'Do nothing if the provided remote does not exist'),
      taking('directory', text('--repo=PATH', 'Path to OSTree repository (defaults to /sysroot/ostree/repo)')),
      taking('directory', text('--sysroot=PATH', 'Use sysroot at PATH (overrides --repo)')),
    ],
    notYet: 'remote delete is not built yet',
  },
  {
    name: 'remote show-url',
    positional: 'NAME',
    summary: 'Show remote repository URL',
    options: [],
    notYet: 'remote show-url is not built yet',
  },
  {
    name: 'remote list',
    positional: '',
    summary: 'List remote repository names',
    options: [
      flag('-u, --show-urls', 'Show remote URLs in list'),
    ],
    notYet: 'remote list is not built yet',
  },
  {
    name: 'remote gpg-import',
    positional: 'NAME [KEY-ID...]',
    summary: 'Import GPG keys',
    options: [
      list('-k, --keyring=FILE', 'Import keys from a keyring file (repeatable)'),
      flag('--stdin', 'Import keys from standard input'),
    ],
    notYet: 'remote gpg-import is not built yet',
  },
  {
    name: 'remote gpg-list-keys',
    positional: 'NAME',
    summary: 'Show remote GPG keys',
    options: [],
    notYet: 'remote gpg-list-keys is not built yet',
  },
  {
    name: 'remote add-cookie',
    positional: 'NAME DOMAIN PATH COOKIE_NAME VALUE',
    summary: 'Add a cookie to remote',
    options: [],
    notYet: 'remote add-cookie is not built yet',
  },
  {
    name: 'remote delete-cookie',
    positional: 'NAME DOMAIN PATH COOKIE_NAME',
    summary: 'Remove one cookie from remote',
    options: [],
    notYet: 'remote delete-cookie is not built yet',
  },
  {
    name: 'remote list-cookies',
    positional: 'NAME',
    summary: 'Show remote repository cookies',
    options: [],
    notYet: 'remote list-cookies is not built yet',
  },
  {
    name: 'remote refs',
    positional: 'NAME',
    summary: 'List remote refs',
    options: [
      taking('directory', text('--cache-dir', 'Use custom cache dir')),
    ],
    notYet: 'remote refs is not built yet',
  },
  {
    name: 'remote summary',
    positional: 'NAME',
    summary: 'Show remote summary',
    options: [
      taking('directory', text('--cache-dir', 'Use custom cache dir')),
      flag('--raw', 'Show raw variant data'),
    ],
    notYet: 'remote summary is not built yet',
  },
];
