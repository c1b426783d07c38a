import { CoppiceError } from '../base/errors.ts';
import type { Deflater } from './kernels.ts';
import { wasmFunction, wasmMemory } from './wasm-module.ts';
import type { WasmFunction } from './wasm-module.ts';

/** Address in linear memory, as in wasm/assembly/deflate-map.ts. */
const PIECE = 0x78000;
const PAGE_BYTES = 65_536;

/** What is deflated at once; a block ends with it. */
const PIECE_BYTES = 256 * 1024;
/** All of a piece may be stored, with some bytes more. */
const OUTPUT_BYTES = PIECE_BYTES + 4096;

/**
 * The deflate kernel, an instance of its own with a memory of its own that does not grow. One stream at a time: beginning one
 * gives up the one before.
 */
export class WasmDeflate {
  readonly #memory: WebAssembly.Memory;
  readonly #begin: WasmFunction;
  readonly #deflate: WasmFunction;
  #current: Stream | undefined;

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module);
    this.#memory = wasmMemory(instance, 'memory');
    this.#begin = wasmFunction(instance, 'beginDeflate');
    this.#deflate = wasmFunction(instance, 'deflate');
    wasmFunction(instance, 'initDeflate')();
    const missing = PIECE + PIECE_BYTES + OUTPUT_BYTES - this.#memory.buffer.byteLength;
    this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
  }

  /** See `Engine.deflateRaw`. */
  deflateRaw(bytes: Uint8Array, level: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    const stream = this.createDeflater(level, (piece) => pieces.push(piece));
    stream.push(bytes);
    stream.end();
    const [only] = pieces;
    return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
  }

  /** `sink` may keep what it gets. */
  createDeflater(level: number, sink: (bytes: Uint8Array) => void): Deflater {
    this.#begin(Math.min(Math.max(Math.trunc(level), 1), 9));
    const stream: Stream = new Stream({
      piece: new Uint8Array(this.#memory.buffer, PIECE, PIECE_BYTES),
      deflate: (length, isLast) => sink(this.#deflatePiece(stream, length, isLast)),
    });
    this.#current = stream;
    return stream;
  }

  #deflatePiece(stream: Stream, length: number, isLast: boolean): Uint8Array {
    if (stream !== this.#current) throw new CoppiceError('INTERNAL', 'another deflate stream has begun');
    const size = this.#deflate(length, isLast ? 1 : 0);
    return Buffer.from(new Uint8Array(this.#memory.buffer, PIECE + ((length + 15) & ~7), size));
  }
}

interface Kernel {
  /** Where the next piece is to lie. */
  readonly piece: Uint8Array;
  readonly deflate: (length: number, isLast: boolean) => void;
}

/** Fills pieces. A full one is deflated when more comes, so that the last one is known to be. */
class Stream implements Deflater {
  readonly #kernel: Kernel;
  #filled = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#filled === PIECE_BYTES) this.#flush(false);
      const part = bytes.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#kernel.piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
  }

  end(): void {
    this.#flush(true);
  }

  #flush(isLast: boolean): void {
    this.#kernel.deflate(this.#filled, isLast);
    this.#filled = 0;
  }
}
