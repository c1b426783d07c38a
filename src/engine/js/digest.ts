import { createHash, hash } from 'node:crypto';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import type { DigestAlgorithm } from '../engine.ts';
import type { Hasher } from '../kernels.ts';
import { Blake3 } from './blake3.ts';

class Sha256 implements Hasher {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Uint8Array {
    return this.#hash.digest();
  }
}

export function createHasher(algorithm: DigestAlgorithm): Hasher {
  return algorithm === 'sha256' ? new Sha256() : new Blake3();
}

/** One-shot `crypto.hash` saves most of what a hash object costs (bench `digest`). */
export function digestHex(algorithm: DigestAlgorithm, bytes: Uint8Array): string {
  if (algorithm === 'sha256') return hash('sha256', bytes, 'hex');
  return Buffer.from(digest(algorithm, bytes)).toString('hex');
}

export function digest(algorithm: DigestAlgorithm, ...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (algorithm === 'sha256' && parts.length === 1 && only !== undefined) return hash('sha256', only, 'buffer');
  const hasher = createHasher(algorithm);
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}

/** Digests messages one by one with `digestOne`. */
export function digestEach(
  bytes: Uint8Array,
  ends: Uint32Array,
  digestOne: (message: Uint8Array) => Uint8Array,
): Uint8Array {
  const digests = new Uint8Array(ends.length * CHECKSUM_BYTES);
  let start = 0;
  for (const [index, end] of ends.entries()) {
    digests.set(digestOne(bytes.subarray(start, end)), index * CHECKSUM_BYTES);
    start = end;
  }
  return digests;
}

export function digestMany(algorithm: DigestAlgorithm, bytes: Uint8Array, ends: Uint32Array): Uint8Array {
  return digestEach(bytes, ends, (message) => digest(algorithm, message));
}
