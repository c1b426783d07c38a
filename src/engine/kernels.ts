import type { DigestAlgorithm, Engine } from './engine.ts';

/** A digest fed piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends the hasher; 32 bytes. */
  digest(): Uint8Array;
}

/** Compresses pieces to one raw DEFLATE stream. */
export interface Deflater {
  /** Takes a piece; the bytes are copied before this returns. */
  push(bytes: Uint8Array): void;
  end(): void;
}

/** The part of an engine that works on bytes in memory, and what its batches need besides. */
export interface Kernels extends Pick<Engine, 'digest' | 'digestMany' | 'deflateRaw' | 'inflateRaw' | 'chunkEnds'> {
  createHasher(algorithm: DigestAlgorithm): Hasher;
  /** `sink` gets the output. One at a time: whoever begins another gives up the one before. */
  createDeflater(level: number, sink: (bytes: Uint8Array) => void): Deflater;
  /** The digest of one message as 64 hex digits: the name of a small object. */
  digestHex(algorithm: DigestAlgorithm, bytes: Uint8Array): string;
}
