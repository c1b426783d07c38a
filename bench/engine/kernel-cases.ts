import type { Engine } from '../../src/engine/engine.ts';
import { content } from './content.ts';

/** One kernel on one input. */
export interface KernelCase {
  readonly kernel: string;
  readonly input: string;
  readonly bytes: number;
  readonly run: (engine: Engine) => Uint8Array | Uint32Array;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const BOUNDS = { minimum: 16 * KIBIBYTE, average: 64 * KIBIBYTE, maximum: 256 * KIBIBYTE };

function sizeWords(bytes: number): string {
  if (bytes < KIBIBYTE) return `${bytes} B`;
  return bytes < MEBIBYTE ? `${bytes / KIBIBYTE} KiB` : `${bytes / MEBIBYTE} MiB`;
}

function digestCases(algorithm: 'sha256' | 'blake3'): readonly KernelCase[] {
  return [64, KIBIBYTE, 16 * KIBIBYTE, 4 * MEBIBYTE].map((size) => {
    const bytes = content(size);
    return { kernel: algorithm, input: sizeWords(size), bytes: size, run: (engine) => engine.digest(algorithm, bytes) };
  });
}

function digestManyCases(algorithm: 'sha256' | 'blake3'): readonly KernelCase[] {
  return [12, 100, 200, 255, 300, 1000].map((size) => {
    const count = 1024;
    const bytes = content(size * count);
    const ends = Uint32Array.from({ length: count }, (_, index) => (index + 1) * size);
    const input = `${count} × ${sizeWords(size)}`;
    return { kernel: `${algorithm} many`, input, bytes: size * count, run: (engine) => engine.digestMany(algorithm, bytes, ends) };
  });
}

function chunkCases(): readonly KernelCase[] {
  return [256 * KIBIBYTE, 4 * MEBIBYTE, 32 * MEBIBYTE].map((size) => {
    const bytes = content(size);
    return { kernel: 'chunk', input: sizeWords(size), bytes: size, run: (engine) => engine.chunkEnds(bytes, BOUNDS) };
  });
}

/** Encoders differ in their output, so what is compared is what it inflates to. */
function deflateCases(): readonly KernelCase[] {
  return [KIBIBYTE, 64 * KIBIBYTE, 4 * MEBIBYTE].map((size) => {
    const bytes = content(size);
    return { kernel: 'deflate 6', input: sizeWords(size), bytes: size, run: (engine) => deflated(engine, bytes) };
  });
}

function inflateCases(reference: Engine): readonly KernelCase[] {
  return [200, KIBIBYTE, 2 * KIBIBYTE, 8 * KIBIBYTE, 64 * KIBIBYTE, 4 * MEBIBYTE].map((size) => {
    const packed = reference.deflateRaw(content(size), 6);
    return { kernel: 'inflate', input: sizeWords(size), bytes: size, run: (engine) => engine.inflateRaw(packed, size) };
  });
}

function deflated(engine: Engine, bytes: Uint8Array): Uint8Array {
  engine.deflateRaw(bytes, 6);
  return bytes;
}

export function kernelCases(reference: Engine): readonly KernelCase[] {
  return [
    ...digestCases('sha256'),
    ...digestCases('blake3'),
    ...digestManyCases('sha256'),
    ...digestManyCases('blake3'),
    ...chunkCases(),
    ...deflateCases(),
    ...inflateCases(reference),
  ];
}
