import type { CommandSpec } from '../command.ts';
import { flag, integer, list, taking, text } from './option.ts';

export const pull: CommandSpec = {
  name: 'pull',
  positional: 'REMOTE [BRANCH...]',
  summary: 'Download data from remote repository',
  options: [
    flag('--commit-metadata-only', 'Fetch only the commit metadata'),
    taking('directory', text('--cache-dir', 'Use custom cache dir')),
    flag('--disable-fsync', 'Do not invoke fsync()'),
    flag('--per-object-fsync', 'Perform writes in such a way that avoids stalling concurrent processes'),
    flag('--disable-static-deltas', 'Do not use static deltas'),
    flag('--require-static-deltas', 'Require static deltas'),
    flag('--mirror', 'Write refs suitable for a mirror and fetches all refs if none provided'),
    list('--subpath', 'Only pull the provided subpath(s)'),
    flag('--untrusted', 'Verify checksums of local sources (always enabled for HTTP pulls)'),
    flag('--http-trusted', 'Do not verify checksums of HTTP sources (mostly useful when mirroring)'),
    flag('--bareuseronly-files', 'Reject regular files with mode outside of 0775 (world writable, suid, etc.)'),
    flag('--dry-run', 'Only print information on what will be downloaded (requires static deltas)'),
    integer('--depth=DEPTH', 'Traverse DEPTH parents (-1=infinite) (default: 0)'),
    text('--url=URL', 'Pull objects from this URL instead of the one from the remote config'),
    list('--http-header=NAME=VALUE', 'Add NAME=VALUE as HTTP header to all requests'),
    integer('--update-frequency=FREQUENCY', 'Sets the update frequency, in milliseconds (0=1000ms) (default: 0)'),
    integer('--network-retries=N', 'Specifies how many times each download should be retried upon error (default: 5)'),
    list('-L, --localcache-repo=REPO', 'Add REPO as local cache source for objects during this pull'),
    flag('-T, --timestamp-check', 'Require fetched commits to have newer timestamps'),
    text('--timestamp-check-from-rev', 'Require fetched commits to have newer timestamps than given rev'),
    flag('--disable-verify-bindings', 'Do not verify commit bindings'),
  ],
  notYet: 'pull is not built yet',
};
