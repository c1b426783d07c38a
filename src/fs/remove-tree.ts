import { chmodSync, closeSync, constants, existsSync, fchmodSync, fstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf, fromNodeError } from '../base/errors.ts';

export interface RemoveTreeOptions {
  /** Empties the directory and leaves it. */
  readonly keepRoot?: boolean | undefined;
}

/** How a directory's names are reached: through its descriptor, so that nobody can swap it for a symlink meanwhile. */
const DESCRIPTORS = '/proc/self/fd';
const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Linux's O_PATH, which node has no name for: opens without any permission on the directory itself. */
const O_PATH = 0o10000000;
const OWNER_ALL = 0o700;

/**
 * Removes a file, a symlink or a whole directory; nothing being there is no error. Symlinks are removed, never
 * followed. Directories that lack permissions get them first. Names need not be UTF-8.
 */
export function removeTree(path: string, options: RemoveTreeOptions = {}): void {
  try {
    removeEntry(Buffer.from(path), options.keepRoot === true);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

function removeEntry(path: Buffer, keepRoot: boolean): void {
  const descriptor = openDirectory(path);
  if (descriptor === 'absent') return;
  if (descriptor === 'no directory') {
    if (!keepRoot) ignoreAbsent(() => unlinkSync(path));
    return;
  }
  try {
    removeContents(descriptor, path);
  } finally {
    closeSync(descriptor);
  }
  if (!keepRoot) ignoreAbsent(() => rmdirSync(path));
}

function removeContents(descriptor: number, path: Buffer): void {
  if ((fstatSync(descriptor).mode & OWNER_ALL) !== OWNER_ALL) fchmodSync(descriptor, OWNER_ALL);
  const inside = existsSync(DESCRIPTORS) ? Buffer.from(`${DESCRIPTORS}/${descriptor}`) : path;
  for (const entry of readdirSync(inside, { withFileTypes: true, encoding: 'buffer' })) {
    const child = Buffer.concat([inside, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) removeEntry(child, false);
    else unlinkOrRemove(child);
  }
}

/** A file system that tells no types, or a directory made meanwhile, comes here as a file. */
function unlinkOrRemove(path: Buffer): void {
  try {
    ignoreAbsent(() => unlinkSync(path));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EISDIR' && errno !== 'EPERM') throw error;
    removeEntry(path, false);
  }
}

function openDirectory(path: Buffer): number | 'absent' | 'no directory' {
  try {
    return openSync(path, OPEN_DIRECTORY);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return 'absent';
    if (errno === 'ENOTDIR' || errno === 'ELOOP') return 'no directory';
    if (errno !== 'EACCES') throw error;
  }
  return openLocked(path);
}

/** Opens a directory of ours that we may not read yet. */
function openLocked(path: Buffer): number {
  const handle = openSync(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const self = `${DESCRIPTORS}/${handle}`;
    chmodSync(self, OWNER_ALL);
    return openSync(self, constants.O_RDONLY | constants.O_DIRECTORY);
  } finally {
    closeSync(handle);
  }
}

function ignoreAbsent(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
