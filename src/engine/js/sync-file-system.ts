import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { CoppiceError, fromNodeError } from '../../base/errors.ts';

const PROGRAMS = ['/usr/bin/sync', '/bin/sync'];
/** Other programs of that name leave out to say when the kernel could not write. */
const TRUSTED_MAKER = 'coreutils';
const ENVIRONMENT = { LC_ALL: 'C' };

/**
 * Flushes the whole file system that holds `path` by `sync -f`, for node has no syncfs; false, with nothing flushed, where
 * there is no such program. One program costs some 3 ms, an fsync of each object of a large commit 8 µs each even
 * where nothing has to reach a disk (bench `commit:bare-user-only`, wasm).
 */
export function syncFileSystem(path: string): boolean {
  try {
    statSync(path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
  const program = PROGRAMS.find((candidate) => existsSync(candidate));
  if (program === undefined || !isTrusted(program)) return false;
  const { status, stderr } = spawnSync(program, ['-f', '--', path], { encoding: 'utf8', env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status === 0) return true;
  if (status === null) return false; // it could not be started, or was killed
  const reason = stderr.trim();
  throw new CoppiceError('SYSTEM', `syncfs(${path}): ${reason.slice(reason.lastIndexOf(': ') + 1).trim()}`, { facts: { path, syscall: 'syncfs' } });
}

function isTrusted(program: string): boolean {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 && stdout.includes(TRUSTED_MAKER);
}
