import { CHECKSUM_BYTES } from '../../base/checksum.ts';

/** Content objects that one task verifies; a hop to a thread costs less than reading ten of them. */
export const BATCH_FILES = 128;
/** Batches that wait; the walk is faster than those who read content and has to wait for them. */
const MAX_WAITING = 64;

/** Checksums of content objects on their way from the walk to the pool, 32 bytes each, in batches. */
export class FileQueue {
  #full: Uint8Array[] = [];
  #open = new Uint8Array(BATCH_FILES * CHECKSUM_BYTES);
  #used = 0;
  #state: 'open' | 'closed' | 'abandoned' = 'open';
  #wakeTaker: (() => void) | undefined;
  #wakePusher: (() => void) | undefined;
  #pushed = 0;

  /** How many checksums were ever pushed. */
  get pushed(): number {
    return this.#pushed;
  }

  /** The checksum that begins at `at`. */
  push(bytes: Uint8Array, at = 0): void {
    this.#pushed += 1;
    this.#open.set(bytes.subarray(at, at + CHECKSUM_BYTES), this.#used);
    this.#used += CHECKSUM_BYTES;
    if (this.#used === this.#open.length) this.#seal();
  }

  /** Waits while too much is waiting; to be awaited after some pushes. */
  async room(): Promise<void> {
    while (this.#full.length > MAX_WAITING) {
      await new Promise<void>((resolve) => {
        this.#wakePusher = resolve;
      });
    }
  }

  /** Nothing will be pushed any more. */
  close(): void {
    if (this.#used > 0) this.#seal();
    if (this.#state === 'open') this.#state = 'closed';
    this.#wakeTaker?.();
  }

  /** Nothing will be taken any more: what is pushed is dropped. */
  abandon(): void {
    this.#state = 'abandoned';
    this.#full = [];
    this.#wakePusher?.();
  }

  /** The next batch, waiting for it if need be; undefined when the queue is closed and empty. */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#full.length === 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
    const batch = this.#full.shift();
    this.#wakePusher?.();
    return batch;
  }

  #seal(): void {
    if (this.#state !== 'abandoned') this.#full.push(this.#open.subarray(0, this.#used));
    this.#open = new Uint8Array(BATCH_FILES * CHECKSUM_BYTES);
    this.#used = 0;
    this.#wakeTaker?.();
  }
}
