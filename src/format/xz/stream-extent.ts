const STREAM_HEADER_BYTES = 12;
const FOOTER_BYTES = 12;
const CRC_BYTES = 4;
const ALIGNMENT = 4;
/** Bytes of the check behind each block, by the lower half of the second flag of a stream. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const CHECK_FLAG_AT = 7;

const LZMA2_END = 0;
const LZMA2_PLAIN_LAST = 2;
const LZMA2_PACKED = 0x80;
/** From here on a packed chunk has a byte of properties. */
const LZMA2_WITH_PROPERTIES = 0xc0;

/** What the walk wants next: to see some bytes, or to pass over some. */
interface Step {
  readonly kind: 'see' | 'pass';
  readonly bytes: number;
}

type Walk<Result> = Generator<Step, Result, Buffer>;

/**
 * How far an xz stream reaches, found without unpacking it (The .xz File Format 1.2, and the chunks of LZMA2, which is the last
 * filter of each block):
 *
 *     12 bytes   header: magic, flags, CRC32
 *     blocks     header, whose first byte is its size / 4 - 1, and never 0; chunks; zeros up to a multiple of four; check
 *     index      byte 0, number of blocks, two numbers each (7 bits a byte, lowest first); zeros up to a multiple of four; CRC32
 *     12 bytes   footer
 *
 * A chunk: control byte; 0 ends them; 1 and 2 are followed by u16 BE, the bytes - 1, which are not packed; from 128 on by u16 BE
 * unpacked and u16 BE packed bytes - 1, properties (from 192 on), packed bytes. Checksums are for who unpacks it; of what is no
 * such stream the extent has no end.
 */
export class XzStreamExtent {
  readonly #walk = walkStream();
  #step: Step | undefined = next(this.#walk.next());
  #seen = Buffer.alloc(0);
  #passed = 0;

  get isOver(): boolean {
    return this.#step === undefined;
  }

  /** How many of the next bytes belong to the stream: all, unless it ends in them. */
  take(bytes: Uint8Array): number {
    let at = 0;
    while (this.#step !== undefined && at < bytes.length) at += this.#advance(this.#step, bytes.subarray(at));
    return at;
  }

  #advance({ kind, bytes }: Step, input: Uint8Array): number {
    const part = input.subarray(0, bytes - this.#passed);
    if (kind === 'see') this.#seen = Buffer.concat([this.#seen, part]);
    this.#passed += part.length;
    if (this.#passed === bytes) this.#finishStep();
    return part.length;
  }

  #finishStep(): void {
    const seen = this.#seen;
    this.#seen = Buffer.alloc(0);
    this.#passed = 0;
    this.#step = next(this.#walk.next(seen));
  }
}

const next = (result: IteratorResult<Step, void>): Step | undefined => (result.done === true ? undefined : result.value);
const padding = (bytes: number): number => -bytes & (ALIGNMENT - 1);

function* walkStream(): Walk<void> {
  const header = yield* see(STREAM_HEADER_BYTES);
  const checkBytes = CHECK_BYTES[(header[CHECK_FLAG_AT] ?? 0) & 0xf] ?? 0;
  for (let size = yield* seeByte(); size !== 0; size = yield* seeByte()) {
    yield* pass((size + 1) * ALIGNMENT - 1);
    yield* pass(padding(yield* passChunks()) + checkBytes);
  }
  yield* pass(padding(1 + (yield* passRecords())) + CRC_BYTES + FOOTER_BYTES);
}

/** Over the chunks of a block; how many bytes they are. */
function* passChunks(): Walk<number> {
  let bytes = 1;
  for (let control = yield* seeByte(); control !== LZMA2_END; control = yield* seeByte()) {
    const isPacked = control >= LZMA2_PACKED;
    if (!isPacked && control > LZMA2_PLAIN_LAST) yield* pass(Infinity);
    const sizes = yield* see(isPacked ? 4 : 2);
    const content = sizes.readUInt16BE(sizes.length - 2) + 1 + (control >= LZMA2_WITH_PROPERTIES ? 1 : 0);
    yield* pass(content);
    bytes += 1 + sizes.length + content;
  }
  return bytes;
}

/** Over the numbers of the index; how many bytes they are. */
function* passRecords(): Walk<number> {
  const { value: blocks, bytes } = yield* seeNumber();
  let total = bytes;
  for (let left = 2 * blocks; left > 0; left--) total += (yield* seeNumber()).bytes;
  return total;
}

function* seeNumber(): Walk<{ readonly value: number; readonly bytes: number }> {
  let value = 0;
  for (let bytes = 1; ; bytes++) {
    const byte = yield* seeByte();
    value += (byte & 0x7f) * 2 ** (7 * (bytes - 1));
    if (byte < 0x80) return { value, bytes };
  }
}

function* seeByte(): Walk<number> {
  return (yield* see(1))[0] ?? 0;
}

function* see(bytes: number): Walk<Buffer> {
  return yield { kind: 'see', bytes };
}

function* pass(bytes: number): Walk<void> {
  if (bytes > 0) yield { kind: 'pass', bytes };
}
