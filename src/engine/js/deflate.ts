import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Deflate, deflateSync, Inflate } from 'fflate';
import type { DeflateOptions } from 'fflate';
import { CoppiceError } from '../../base/errors.ts';
import type { Deflater } from '../kernels.ts';

/** zlib's largest tables: a little smaller and quicker than its default of 8 (bench `commit:archive`). */
const MEMORY_LEVEL = 9;
/** Deflate's best ratio is 1:1032: so much may come out of what is fed to fflate at once. */
const BEST_RATIO = 1024;
const LARGEST_STEP_BYTES = 16 * 1024;

const MIN_ZLIB_CHUNK = 64;

function brokenStream(reason: string): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `broken deflate stream: ${reason}`);
}

type Level = NonNullable<DeflateOptions['level']>;
const LEVELS: readonly Level[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

function levelOf(level: number): Level {
  return LEVELS[Math.min(Math.max(Math.trunc(level), 1), 9) - 1] ?? 6;
}

/**
 * Where size matters more than time fflate is the better of the two for large contents: node's zlib finds no matches of three
 * bytes (bench `commit:archive`: 0.7 % smaller than zlib at level 6; the whole takes a quarter longer).
 */
const FFLATE = { fromLevel: 6, fromBytes: 64 * 1024 } as const;

export function deflateRaw(bytes: Uint8Array, level: number): Uint8Array {
  if (level >= FFLATE.fromLevel && bytes.length >= FFLATE.fromBytes) return deflateSync(bytes, { level: levelOf(level) });
  return deflateRawSync(bytes, { level: levelOf(level), memLevel: MEMORY_LEVEL });
}

export function inflateRaw(bytes: Uint8Array, size: number): Uint8Array {
  const { inflated, usedBytes } = inflateBounded(bytes, size);
  if (inflated.length !== size) throw brokenStream(`it holds ${inflated.length} bytes instead of ${size}`);
  if (usedBytes < bytes.length) throw brokenStream(`${bytes.length - usedBytes} bytes lie behind its end`);
  return inflated;
}

interface Inflated {
  readonly inflated: Uint8Array;
  /** Bytes of the input that belong to the stream. */
  readonly usedBytes: number;
}

function inflateBounded(bytes: Uint8Array, size: number): Inflated {
  const maxOutputLength = Math.max(size, 1);
  try {
    const result: unknown = inflateRawSync(bytes, { maxOutputLength, chunkSize: Math.max(size, MIN_ZLIB_CHUNK), info: true });
    if (isInflateInfo(result)) return { inflated: result.buffer, usedBytes: result.engine.bytesWritten };
    throw new CoppiceError('INTERNAL', 'zlib does not tell how much it read');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw brokenStream(`it holds more than ${size} bytes`);
    if (code.startsWith('Z_')) throw brokenStream(error instanceof Error ? error.message : code);
    throw error;
  }
}

/** What zlib returns with `info`, which its types do not say. */
interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function isInflateInfo(value: unknown): value is InflateInfo {
  if (typeof value !== 'object' || value === null || !('buffer' in value) || !('engine' in value)) return false;
  const { buffer, engine } = value;
  const hasCount = typeof engine === 'object' && engine !== null && 'bytesWritten' in engine && typeof engine.bytesWritten === 'number';
  return buffer instanceof Uint8Array && hasCount;
}

/** See `Kernels.createDeflater`. */
export function createDeflater(level: number, sink: (bytes: Uint8Array) => void): Deflater {
  return new DeflateStream(level, sink);
}

class DeflateStream implements Deflater {
  readonly #deflate: Deflate;

  constructor(level: number, sink: (bytes: Uint8Array) => void) {
    this.#deflate = new Deflate({ level: levelOf(level) }, sink);
  }

  push(bytes: Uint8Array): void {
    this.#deflate.push(bytes);
  }

  end(): void {
    this.#deflate.push(new Uint8Array(0), true);
  }
}

/** Inflates pieces as they come; throws FORMAT_INVALID for a broken stream or one that passes `size`. */
export class InflateStream {
  readonly #inflate: Inflate;
  readonly #size: number;
  readonly #stepBytes: number;
  #produced = 0;

  /** `sink` gets pieces of at most `pieceBytes`, or little more. */
  constructor(size: number, sink: (bytes: Uint8Array) => void, pieceBytes = LARGEST_STEP_BYTES * BEST_RATIO) {
    this.#size = size;
    this.#stepBytes = Math.min(LARGEST_STEP_BYTES, Math.ceil(pieceBytes / BEST_RATIO));
    this.#inflate = new Inflate((bytes) => {
      this.#produced += bytes.length;
      if (this.#produced > size) throw brokenStream(`it holds more than ${size} bytes`);
      sink(bytes);
    });
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += this.#stepBytes) {
      this.#step(bytes.subarray(at, at + this.#stepBytes), false);
    }
  }

  end(): void {
    this.#step(new Uint8Array(0), true);
    if (this.#produced !== this.#size) throw brokenStream(`it holds ${this.#produced} bytes instead of ${this.#size}`);
  }

  #step(bytes: Uint8Array, final: boolean): void {
    try {
      this.#inflate.push(bytes, final);
    } catch (error) {
      // fflate marks its own errors with a small number as `code`
      if (error instanceof Error && 'code' in error && typeof error.code === 'number') throw brokenStream(error.message);
      throw error;
    }
  }
}
