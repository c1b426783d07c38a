import { readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { errnoOf, fromNodeError } from '../../base/errors.ts';

/**
 * Removes the directories that `--consume` has emptied, the root last; the current directory itself stays.
 * One that is not empty (skipped files) stays, and its parents with it.
 */
export function removeEmptyDirectories(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyDirectories(`${root}/${entry.name}`);
  }
  if (realpathSync(root) !== realpathSync('.')) removeIfEmpty(root);
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST') throw fromNodeError(error, path);
  }
}
