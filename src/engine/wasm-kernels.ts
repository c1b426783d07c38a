import { CHECKSUM_BYTES } from '../base/checksum.ts';
import type { ChunkBounds } from './engine.ts';
import { cutMask } from './js/chunk-ends.ts';
import { wasmFunction, wasmMemory } from './wasm-module.ts';
import type { WasmFunction } from './wasm-module.ts';

/** Addresses in linear memory, as in wasm/assembly/memory-map.ts. */
const TABLE = 0x4000;
const DIGESTS = 0x6000;
const WINDOW = 0x10000;

const PAGE_BYTES = 65_536;
const WINDOW_BYTES = 1024 * 1024;

/** Longer messages are faster with node's own SHA-256, which uses the processor's instructions for it. */
export const SHORT_MESSAGE_BYTES = 256;
const MESSAGES_AT_ONCE = 1024;

/** The AssemblyScript module, ready to be called. */
export class WasmKernels {
  readonly #memory: WebAssembly.Memory;
  readonly #cutChunks: WasmFunction;
  readonly #inflate: WasmFunction;
  readonly #digestShort: WasmFunction | undefined;

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module);
    this.#memory = wasmMemory(instance, 'memory');
    this.#cutChunks = wasmFunction(instance, 'cutChunks');
    this.#inflate = wasmFunction(instance, 'inflate');
    this.#digestShort = 'digestShort' in instance.exports ? wasmFunction(instance, 'digestShort') : undefined;
    wasmFunction(instance, 'initGear')();
    wasmFunction(instance, 'initInflate')();
  }

  /** Whether the build has the four-lane SHA-256. */
  get hasLanes(): boolean {
    return this.#digestShort !== undefined;
  }

  /** See `Engine.chunkEnds`. Input passes through a window, so memory does not grow with it. */
  chunkEnds(bytes: Uint8Array, bounds: ChunkBounds): Uint32Array {
    const mask = cutMask(bounds);
    const ends: number[] = [];
    const windowBytes = Math.max(WINDOW_BYTES, bounds.maximum * 2);
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + windowBytes);
      this.#room(piece.length).set(piece);
      const final = start + piece.length === bytes.length ? 1 : 0;
      const count = this.#cutChunks(piece.length, bounds.minimum, bounds.maximum, mask, final);
      const found = new Uint32Array(this.#memory.buffer, TABLE, count);
      for (const end of found) ends.push(start + end);
      start = ends.at(-1) ?? bytes.length;
    }
    return Uint32Array.from(ends);
  }

  /**
   * A raw DEFLATE stream that takes all of `bytes` and holds `size`; undefined for any other, and for the rare one that is
   * not worth a kernel: node's zlib tells what is wrong, if anything is.
   */
  inflateRaw(bytes: Uint8Array, size: number): Uint8Array | undefined {
    const start = (bytes.length + 15) & ~7;
    this.#room(start + size + 8).set(bytes);
    const used = this.#inflate(bytes.length, size);
    return used === bytes.length ? Buffer.from(new Uint8Array(this.#memory.buffer, WINDOW + start, size)) : undefined;
  }

  /** Digests the messages at `picks` (all shorter than 256 bytes) into their places in `digests`. */
  digestShort(bytes: Uint8Array, ends: Uint32Array, picks: readonly number[], digests: Uint8Array): void {
    for (let from = 0; from < picks.length; from += MESSAGES_AT_ONCE) {
      this.#digestSome(bytes, ends, picks.slice(from, from + MESSAGES_AT_ONCE), digests);
    }
  }

  #digestSome(bytes: Uint8Array, ends: Uint32Array, picks: readonly number[], digests: Uint8Array): void {
    const window = this.#room(picks.length * SHORT_MESSAGE_BYTES);
    const table = new Uint32Array(this.#memory.buffer, TABLE, picks.length * 2);
    let used = 0;
    for (const [place, pick] of picks.entries()) {
      const message = bytes.subarray(pick === 0 ? 0 : ends[pick - 1], ends[pick]);
      window.set(message, used);
      table[place * 2] = used;
      table[place * 2 + 1] = message.length;
      used += message.length;
    }
    this.#digestShort?.(picks.length);
    const found = new Uint8Array(this.#memory.buffer, DIGESTS, picks.length * CHECKSUM_BYTES);
    for (const [place, pick] of picks.entries()) {
      digests.set(found.subarray(place * CHECKSUM_BYTES, (place + 1) * CHECKSUM_BYTES), pick * CHECKSUM_BYTES);
    }
  }

  /** The window, at least `bytes` long. */
  #room(bytes: number): Uint8Array {
    const missing = WINDOW + bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    return new Uint8Array(this.#memory.buffer, WINDOW, bytes);
  }
}
