import type { DigestAlgorithm, Engine } from './engine.ts';

/** A digest fed piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends the hasher; 32 bytes. */
  digest(): Uint8Array;
}

/** The part of an engine that works on bytes in memory, and what its batches need besides. */
export interface Kernels extends Pick<Engine, 'digest' | 'digestMany' | 'deflateRaw' | 'inflateRaw' | 'chunkEnds'> {
  createHasher(algorithm: DigestAlgorithm): Hasher;
  /** The digest of one message as 64 hex digits: the name of a small object. */
  digestHex(algorithm: DigestAlgorithm, bytes: Uint8Array): string;
}
