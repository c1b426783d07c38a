import { lstatSync } from 'node:fs';
import { PERMISSION_BITS } from '../../base/unix-mode.ts';

/**
 * Which modes mkdir gives below one own root as they are asked for. A umask or a default ACL takes bits away, a parent with setgid
 * adds that one; all of it is the same for every directory below, as none has more than its mode before it is complete.
 */
export class GrantedModes {
  readonly #known = new Map<number, boolean>();

  /** Whether the directory that was made at `path` with `mode` has it; looks at the first of each mode. */
  has(mode: number, path: string): boolean {
    const known = this.#known.get(mode);
    if (known !== undefined) return known;
    const isGranted = (lstatSync(path).mode & PERMISSION_BITS) === mode;
    this.#known.set(mode, isGranted);
    return isGranted;
  }
}
