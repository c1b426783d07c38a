import { XzStreamExtent } from '../../../format/xz/stream-extent.ts';
import { unpackFailure } from './unpack-failure.ts';

const NOTHING = new Uint8Array(0);

/** Codes of xz-embedded as the library's messages end in them. */
const REASONS: Readonly<Record<string, string>> = {
  '2': 'the xz stream has a check that is not supported',
  '4': 'the xz stream wants a dictionary of more than 64 MiB',
  '5': 'no xz stream begins here',
  '6': 'the xz stream uses a filter that is not supported',
  '7': 'xz decompression failed',
  '8': 'truncated xz input',
};

/** Unpacks xz, streams behind one another and padding between them too; the dictionary is at most that of `xz -9`. */
export async function* unpackXz(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new XzInput(pieces);
  try {
    while (await input.beginStream()) yield* unpackStream(input);
  } finally {
    await input.close();
  }
}

async function* unpackStream(input: XzInput): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = await import('xz-decompress');
  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await input.read();
      if (piece.length === 0) controller.close();
      else controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
  const reader = new XzReadableStream(source).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    throw input.failure ?? xzFailure(error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function xzFailure(error: unknown): unknown {
  const code = /error code (?<code>\d+)$/.exec(error instanceof Error ? error.message : '')?.groups?.['code'];
  return unpackFailure(REASONS[code ?? ''] ?? 'xz decompression failed', { cause: error });
}

/** Gives the input out stream by stream. */
class XzInput {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = NOTHING;
  #extent = new XzStreamExtent();
  /** What reading the input threw; the library would tell it as its own. */
  failure: unknown;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next piece of the stream; nothing at its end and at that of the input. */
  async read(): Promise<Uint8Array> {
    if (this.#rest.length === 0 && !this.#extent.isOver) await this.#refill();
    const bytes = this.#extent.take(this.#rest);
    const piece = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return piece;
  }

  /** Whether another stream begins; passes over zeros before it. */
  async beginStream(): Promise<boolean> {
    this.#extent = new XzStreamExtent();
    for (;;) {
      if (this.#rest.length === 0) await this.#refill();
      if (this.#rest.length === 0) return false;
      const start = this.#rest.findIndex((byte) => byte !== 0);
      this.#rest = start < 0 ? NOTHING : this.#rest.subarray(start);
      if (start >= 0) return true;
    }
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #refill(): Promise<void> {
    try {
      const next = await this.#pieces.next();
      this.#rest = next.done === true ? NOTHING : next.value;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
