import { readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, fromNodeError } from '../../base/errors.ts';

/**
 * Removes the directories that `--consume` has emptied, the root last; the current directory itself stays.
 * One that is not empty (skipped files) stays, and its parents with it.
 */
export function removeEmptyDirectories(root: string): void {
  removeBelow(root, realpathSync(root), realpathSync('.'));
}

function removeBelow(path: string, real: string, current: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBelow(`${path}/${entry.name}`, join(real, entry.name), current);
  }
  if (real !== current) removeIfEmpty(path);
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST') throw fromNodeError(error, path);
  }
}
