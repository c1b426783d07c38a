import { CHECKSUM_BYTES } from '../../base/checksum.ts';

/** Content objects that one task verifies; a hop to a thread costs less than reading ten of them. */
export const BATCH_FILES = 128;

/** Checksums of content objects on their way from the walk to the pool, 32 bytes each, in batches. */
export class FileQueue {
  #full: Uint8Array[] = [];
  #open = new Uint8Array(BATCH_FILES * CHECKSUM_BYTES);
  #used = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #pushed = 0;

  /** How many checksums were ever pushed. */
  get pushed(): number {
    return this.#pushed;
  }

  push(checksum: Uint8Array): void {
    this.#pushed += 1;
    this.#open.set(checksum, this.#used);
    this.#used += CHECKSUM_BYTES;
    if (this.#used === this.#open.length) this.#seal();
  }

  /** Nothing will be pushed any more. */
  close(): void {
    if (this.#used > 0) this.#seal();
    this.#closed = true;
    this.#wake?.();
  }

  /** The next batch, waiting for it if need be; undefined when the queue is closed and empty. */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#full.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#full.shift();
  }

  #seal(): void {
    this.#full.push(this.#open.subarray(0, this.#used));
    this.#open = new Uint8Array(BATCH_FILES * CHECKSUM_BYTES);
    this.#used = 0;
    this.#wake?.();
  }
}
