import { writeSync } from 'node:fs';
import { errnoOf } from '../base/errors.ts';
import { sleepSync } from '../base/sleep.ts';

/** Thrown by a write to a pipe whose reader is gone; ends the program without a word. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

const BUFFER_BYTES = 64 * 1024;
const RETRY_MILLISECONDS = 2;


/** Writes all bytes; a short write goes on, a full pipe is waited for. Throws ClosedPipe. */
export function writeFully(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EPIPE') throw new ClosedPipe();
      if (errno !== 'EAGAIN') throw error;
      sleepSync(RETRY_MILLISECONDS); // the pipe is full
    }
  }
}

/**
 * A descriptor with a buffer, as C's stdio has it: full 64 KiB go out at once, the rest at `flush`.
 * `unbuffered` (a terminal) passes everything on.
 */
export class OutputStream {
  readonly #descriptor: number;
  readonly #unbuffered: boolean;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(descriptor: number, unbuffered: boolean) {
    this.#descriptor = descriptor;
    this.#unbuffered = unbuffered;
  }

  /** Keeps its own copy of the bytes unless it writes them now. */
  write(text: string | Uint8Array): void {
    if (typeof text !== 'string' && text.length >= BUFFER_BYTES) {
      this.flush();
      writeFully(this.#descriptor, text);
      return;
    }
    this.#parts.push(Buffer.from(text));
    this.#bytes += this.#parts.at(-1)?.length ?? 0;
    if (this.#unbuffered || this.#bytes >= BUFFER_BYTES) this.flush();
  }

  flush(): void {
    if (this.#bytes === 0) return;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    writeFully(this.#descriptor, bytes);
  }
}
