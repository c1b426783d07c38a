import { CoppiceError } from '../base/errors.ts';
import { CHECKSUM_BYTES } from '../base/checksum.ts';
import type { Hasher } from './kernels.ts';
import { wasmFunction, wasmMemory } from './wasm-module.ts';
import type { WasmFunction } from './wasm-module.ts';

/** What is copied over at once. The module's memory is 16 MiB and does not grow. */
const STEP_BYTES = 256 * 1024;

/**
 * Names in blake3-wasm 3.0.0, whose exports were shortened by its build (scripts/build-wasm.mjs checks the version):
 * d memory · e constructors · f hash_oneshot(input, length, out, outLength) · h malloc · i hasher_init · l hasher_update(self,
 * input, length) · m hasher_read(self, seekHigh, seekLow, out, length) · o free. It imports a.a resize_heap, a.b memcpy_big, a.c assert_fail.
 */
const EXPORTS = { memory: 'd', start: 'e', oneShot: 'f', malloc: 'h', create: 'i', update: 'l', read: 'm', free: 'o' };

/** BLAKE3 in WebAssembly, one memory for all its hashers. */
export class WasmBlake3 {
  readonly #bytes: Uint8Array;
  readonly #buffer: number;
  readonly #oneShot: WasmFunction;
  readonly #create: WasmFunction;
  readonly #update: WasmFunction;
  readonly #read: WasmFunction;
  readonly #free: WasmFunction;
  /** Hashers that were never asked for their digest, because reading failed half-way. */
  readonly #abandoned: FinalizationRegistry<number>;

  constructor(module: WebAssembly.Module) {
    const instance = instantiate(module);
    const pick = (name: keyof typeof EXPORTS): WasmFunction => wasmFunction(instance, EXPORTS[name]);
    pick('start')();
    this.#bytes = new Uint8Array(wasmMemory(instance, EXPORTS.memory).buffer);
    this.#buffer = pick('malloc')(STEP_BYTES);
    this.#oneShot = pick('oneShot');
    this.#create = pick('create');
    this.#update = pick('update');
    this.#read = pick('read');
    this.#free = pick('free');
    this.#abandoned = new FinalizationRegistry((handle) => this.#free(handle));
  }

  digest(bytes: Uint8Array): Uint8Array {
    if (bytes.length > STEP_BYTES - CHECKSUM_BYTES) {
      const hasher = this.createHasher();
      hasher.update(bytes);
      return hasher.digest();
    }
    this.#bytes.set(bytes, this.#buffer);
    const out = this.#buffer + STEP_BYTES - CHECKSUM_BYTES;
    this.#oneShot(this.#buffer, bytes.length, out, CHECKSUM_BYTES);
    return this.#bytes.slice(out, out + CHECKSUM_BYTES);
  }

  createHasher(): Hasher {
    const handle = this.#create();
    const hasher: Hasher = {
      update: (bytes) => this.#feed(handle, bytes),
      digest: () => {
        this.#read(handle, 0, 0, this.#buffer, CHECKSUM_BYTES);
        this.#abandoned.unregister(hasher);
        this.#free(handle);
        return this.#bytes.slice(this.#buffer, this.#buffer + CHECKSUM_BYTES);
      },
    };
    this.#abandoned.register(hasher, handle, hasher);
    return hasher;
  }

  #feed(handle: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      const piece = bytes.subarray(at, at + STEP_BYTES);
      this.#bytes.set(piece, this.#buffer);
      this.#update(handle, this.#buffer, piece.length);
    }
  }
}

function fail(): never {
  throw new CoppiceError('INTERNAL', 'the BLAKE3 module failed or ran out of its memory');
}

function instantiate(module: WebAssembly.Module): WebAssembly.Instance {
  const instance: WebAssembly.Instance = new WebAssembly.Instance(module, {
    a: {
      a: fail,
      b: (to: number, from: number, length: number) => {
        new Uint8Array(wasmMemory(instance, EXPORTS.memory).buffer).copyWithin(to, from, from + length);
      },
      c: fail,
    },
  });
  return instance;
}
