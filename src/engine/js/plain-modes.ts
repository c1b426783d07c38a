import type { StoreTarget } from '../engine.ts';

/**
 * Modes that files of the staging directory got by being created with them: nothing in the umask or a default ACL takes bits
 * away. Known of the directory that was written to last; each transaction has one of its own.
 */
export class PlainModes {
  #destination = '';
  #modes = new Set<number>();

  /** Starts anew where the target is another one, or the store itself, which outlives any umask. */
  of({ destination, visible }: StoreTarget): Set<number> {
    if (visible) return new Set();
    if (destination !== this.#destination) [this.#destination, this.#modes] = [destination, new Set()];
    return this.#modes;
  }
}
