import { CoppiceError } from '../base/errors.ts';
import { removeTree } from '../fs/remove-tree.ts';

const NOT_OURS: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM']);

/** Removes what somebody left in `tmp/`; another user's stays, for that user to remove, and hinders nobody. */
export function removeLeftover(path: string): void {
  try {
    removeTree(path);
  } catch (error) {
    if (error instanceof CoppiceError && NOT_OURS.has(error.facts['errno'])) return;
    throw error;
  }
}
