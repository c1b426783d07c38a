import { formatInvalid } from '../format-error.ts';

/** What comes by: a frame begins, bytes of it, all of them, its end with the checksum of its content, if it has one. */
export type ZstdEvent =
  | { readonly kind: 'begin'; readonly windowBytes: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly checksum: number | undefined };

const FRAME_MAGIC = 0xfd2f_b528;
const SKIPPABLE_MAGIC = 0x184d_2a50;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_TYPE = { raw: 0, repeated: 1, compressed: 2 } as const;

/** What the walk waits for, so many bytes at once, or passes on or over as they come. */
type State =
  | { readonly kind: 'magic' | 'descriptor' | 'header' | 'block' | 'checksum' | 'skip-size'; readonly bytes: number }
  | { readonly kind: 'content'; readonly isLast: boolean; left: number }
  | { readonly kind: 'skipped'; left: number };

const MAGIC: State = { kind: 'magic', bytes: 4 };

/**
 * Walks over the frames of zstd data without unpacking them, to know where each ends and how much memory it wants
 * (RFC 8878, 3.1):
 *
 *     u32 LE   magic
 *     byte     descriptor: content size flag (2 bits), single segment, unused, reserved, checksum, dictionary id flag (2)
 *     byte     window, unless single segment: exponent (5 bits), mantissa (3)
 *     0–4      dictionary id
 *     0–8      content size, which is the window of a single segment
 *     blocks   u24 LE: last, type (2 bits), size; a repeated block holds one byte
 *     u32 LE   lower half of the XXH64 of the content, if the descriptor says so
 *
 * Skippable frames are passed over.
 */
export class ZstdFrames {
  #state: State = MAGIC;
  #head = new Uint8Array(0);
  #hasChecksum = false;

  *push(input: Uint8Array): Generator<ZstdEvent> {
    for (let rest = input; rest.length > 0; ) {
      const state = this.#state;
      if (state.kind === 'content' || state.kind === 'skipped') {
        const bytes = rest.subarray(0, state.left);
        rest = rest.subarray(bytes.length);
        state.left -= bytes.length;
        yield* this.#passOn(state, bytes);
      } else {
        rest = this.#gather(rest, state.bytes);
        if (this.#head.length === state.bytes) yield* this.#step(state.kind);
      }
    }
  }

  /** FORMAT_INVALID where a frame is not over. */
  end(): void {
    if (this.#state.kind !== 'magic' || this.#head.length > 0) throw invalid('truncated input');
  }

  #gather(input: Uint8Array, wanted: number): Uint8Array {
    const taken = input.subarray(0, wanted - this.#head.length);
    this.#head = Buffer.concat([this.#head, taken]);
    return input.subarray(taken.length);
  }

  *#passOn(state: Extract<State, { left: number }>, bytes: Uint8Array): Generator<ZstdEvent> {
    if (state.kind === 'content') yield { kind: 'bytes', bytes };
    if (state.left > 0) return;
    this.#state = state.kind === 'content' ? this.#afterBlock(state.isLast) : MAGIC;
    if (state.kind === 'content' && this.#state === MAGIC) yield { kind: 'end', checksum: undefined };
  }

  *#step(kind: Exclude<State['kind'], 'content' | 'skipped'>): Generator<ZstdEvent> {
    const head = Buffer.from(this.#head);
    switch (kind) {
      case 'magic':
        this.#readMagic(head);
        return;
      case 'descriptor':
        this.#readDescriptor(head);
        return;
      case 'header':
        yield { kind: 'begin', windowBytes: windowOf(head) };
        yield* this.#pass(head, { kind: 'block', bytes: BLOCK_HEADER_BYTES });
        return;
      case 'block':
        yield* this.#pass(head, this.#blockState(head));
        if (this.#state === MAGIC) yield { kind: 'end', checksum: undefined };
        return;
      case 'checksum':
        yield* this.#pass(head, MAGIC);
        yield { kind: 'end', checksum: head.readUInt32LE() };
        return;
      case 'skip-size':
        this.#head = new Uint8Array(0);
        this.#state = head.readUInt32LE(4) === 0 ? MAGIC : { kind: 'skipped', left: head.readUInt32LE(4) };
        break;
    }
  }

  *#pass(bytes: Uint8Array, next: State): Generator<ZstdEvent> {
    this.#head = new Uint8Array(0);
    this.#state = next;
    yield { kind: 'bytes', bytes };
  }

  #readMagic(head: Buffer): void {
    const magic = head.readUInt32LE();
    if (magic === FRAME_MAGIC) this.#state = { kind: 'descriptor', bytes: 5 };
    else if ((magic & 0xffff_fff0) === SKIPPABLE_MAGIC) this.#state = { kind: 'skip-size', bytes: 8 };
    else throw invalid('no frame begins here');
  }

  #readDescriptor(head: Buffer): void {
    const descriptor = head[4] ?? 0;
    if ((descriptor & 0b1000) !== 0) throw invalid('a reserved bit is set');
    if ((descriptor & 0b11) !== 0) throw invalid('it needs a dictionary');
    this.#hasChecksum = (descriptor & 0b100) !== 0;
    this.#state = { kind: 'header', bytes: 5 + windowFieldBytes(descriptor) + contentSizeBytes(descriptor) };
  }

  #blockState(head: Buffer): State {
    const header = head.readUIntLE(0, BLOCK_HEADER_BYTES);
    const [isLast, type, size] = [(header & 1) === 1, (header >>> 1) & 3, header >>> 3];
    if (type > BLOCK_TYPE.compressed) throw invalid('a block of a reserved type');
    const left = type === BLOCK_TYPE.repeated ? 1 : size;
    return left === 0 ? this.#afterBlock(isLast) : { kind: 'content', isLast, left };
  }

  #afterBlock(isLast: boolean): State {
    if (!isLast) return { kind: 'block', bytes: BLOCK_HEADER_BYTES };
    return this.#hasChecksum ? { kind: 'checksum', bytes: CHECKSUM_BYTES } : MAGIC;
  }
}

function invalid(reason: string): Error {
  return formatInvalid('zstd data', reason);
}

const isSingleSegment = (descriptor: number): boolean => (descriptor & 0b10_0000) !== 0;
const windowFieldBytes = (descriptor: number): number => (isSingleSegment(descriptor) ? 0 : 1);

function contentSizeBytes(descriptor: number): number {
  const flag = descriptor >>> 6;
  return flag === 0 ? (isSingleSegment(descriptor) ? 1 : 0) : 2 ** flag;
}

function windowOf(head: Buffer): number {
  const descriptor = head[4] ?? 0;
  if (!isSingleSegment(descriptor)) {
    const base = 2 ** (10 + ((head[5] ?? 0) >>> 3));
    return base + (base / 8) * ((head[5] ?? 0) & 0b111);
  }
  const size = contentSizeBytes(descriptor);
  if (size === 8) return Number(head.readBigUInt64LE(5));
  return head.readUIntLE(5, size) + (size === 2 ? 256 : 0);
}
