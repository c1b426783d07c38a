import { endOfXzStream } from '../../../format/xz/stream-end.ts';
import { unpackFailure } from './unpack-failure.ts';

/** The library tells that a stream is over, and not where: that is looked for in the last two pieces it took. */
const PIECE_BYTES = 4096;
const FOOTER_BYTES = 12;
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
    while (await input.skipPadding()) {
      yield* unpackStream(input);
      input.endStream();
    }
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

/** Gives the input out in small pieces and takes back what lies behind the end of a stream. */
class XzInput {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = NOTHING;
  /** The last two pieces that were given out: the library may ask for one more before it tells the end. */
  #given: readonly Uint8Array[] = [];
  /** The end of what was given out before these: a footer may begin there. */
  #before: Uint8Array = NOTHING;
  /** What reading the input threw; the library would tell it as its own. */
  failure: unknown;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** At most 4 KiB; nothing at the end. */
  async read(): Promise<Uint8Array> {
    if (this.#rest.length === 0) await this.#refill();
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    if (piece.length > 0) this.#remember(piece);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Whether anything but zeros is left; passes over these. */
  async skipPadding(): Promise<boolean> {
    for (;;) {
      if (this.#rest.length === 0) await this.#refill();
      if (this.#rest.length === 0) return false;
      const start = this.#rest.findIndex((byte) => byte !== 0);
      this.#rest = start < 0 ? NOTHING : this.#rest.subarray(start);
      if (start >= 0) return true;
    }
  }

  /** The stream that was read is over. */
  endStream(): void {
    const bytes = Buffer.concat([this.#before, ...this.#given]);
    const end = endOfXzStream(bytes, this.#before.length);
    if (end === undefined) throw unpackFailure('the end of an xz stream is not to be found');
    this.#rest = Buffer.concat([bytes.subarray(end), this.#rest]);
    this.#given = [];
    this.#before = NOTHING;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  #remember(piece: Uint8Array): void {
    const [oldest, newest] = this.#given;
    if (oldest !== undefined && newest !== undefined) {
      this.#before = Buffer.concat([this.#before, oldest]).subarray(-(FOOTER_BYTES - 1));
      this.#given = [newest, piece];
    } else this.#given = [...this.#given, piece];
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
