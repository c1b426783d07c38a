import type { EngineName } from '../engine.ts';
import type { Kernels } from '../kernels.ts';
import type { ContentHeaders } from './content-headers.ts';
import type { OwnRoots } from './own-directories.ts';
import type { PlainModes } from './plain-modes.ts';

const SMALLEST_BYTES = 64 * 1024;

/** A buffer that is lent out again and again; its content lives until the next `take`. */
export class Scratch {
  #buffer = Buffer.allocUnsafeSlow(0);

  /** At least `bytes` long; what was in it is kept when it has to grow. */
  take(bytes: number): Buffer {
    if (bytes <= this.#buffer.length) return this.#buffer;
    const grown = Buffer.allocUnsafeSlow(Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes))));
    this.#buffer.copy(grown);
    this.#buffer = grown;
    return grown;
  }
}

/** What the batches of one engine share: its name for refusals, its kernels, one read buffer, what may lie in it, and what is known. */
export interface BatchContext {
  readonly engine: EngineName;
  readonly kernels: Kernels;
  readonly scratch: Scratch;
  /** Holds the start of the archive object that is being read, or all of a small one. */
  readonly archive: Scratch;
  /** Streams up to this size are worked on whole; beyond, piecewise, holding one window. */
  readonly wholeFileBytes: number;
  /** Of objects that are read. */
  readonly headers: ContentHeaders;
  readonly plainModes: PlainModes;
  readonly ownRoots: OwnRoots;
}
