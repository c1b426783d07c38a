import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createDeflater, deflateRaw, InflateStream } from '../../../src/engine/js/deflate.ts';
import { noise } from '../../support/nasty-tree.ts';

const MIXED = Buffer.concat([noise(2_000_000), Buffer.alloc(3_000_000, 'coppice '), noise(70_000)]);

function inflate(deflated: Uint8Array, size: number, step: number): Buffer {
  const pieces: Uint8Array[] = [];
  const stream = new InflateStream(size, (piece) => pieces.push(Buffer.from(piece)));
  for (let at = 0; at < deflated.length; at += step) stream.push(deflated.subarray(at, at + step));
  stream.end();
  return Buffer.concat(pieces);
}

describe('deflated contents', () => {
  const CONTENTS = [Buffer.alloc(0), noise(1), noise(65_536), Buffer.alloc(65_535, 'a'), Buffer.alloc(65_537, 'ab'), Buffer.alloc(1_000_000), MIXED];

  it.each([1, 5, 6, 7, 9])('are what zlib inflates, at level %i', (level) => {
    for (const bytes of CONTENTS) expect(Buffer.compare(inflateRawSync(deflateRaw(bytes, level)), bytes)).toBe(0);
  });

  it('are hardly larger where nothing can be compressed', () => {
    expect(deflateRaw(noise(1_000_000), 6).length).toBeLessThan(1_000_500);
  });
});

describe('deflate streams', () => {
  it('compress in pieces to what zlib inflates', () => {
    for (const [bytes, step] of [[MIXED, 1_048_576], [MIXED, 99_991], [noise(1), 1], [Buffer.alloc(0), 1]] as const) {
      const pieces: Uint8Array[] = [];
      const stream = createDeflater(6, (piece) => pieces.push(Buffer.from(piece)));
      for (let at = 0; at < bytes.length; at += step) stream.push(bytes.subarray(at, at + step));
      stream.end();
      expect(Buffer.compare(inflateRawSync(Buffer.concat(pieces)), bytes)).toBe(0);
    }
  });

  it('inflate in pieces what zlib compressed', () => {
    for (const step of [1_048_576, 4096, 65_537]) {
      expect(Buffer.compare(inflate(deflateRawSync(MIXED), MIXED.length, step), MIXED)).toBe(0);
    }
  });

  it('ignore bytes behind the end, as libostree does', () => {
    const deflated = Buffer.concat([deflateRawSync(MIXED), Buffer.from('trailing')]);
    expect(inflate(deflated, MIXED.length, 1_048_576).length).toBe(MIXED.length);
  });

  it('refuse a stream that is broken, longer or shorter', () => {
    const deflated = deflateRawSync(MIXED);
    const refusal = expect.objectContaining({ code: 'FORMAT_INVALID' });
    expect(() => inflate(deflated, MIXED.length - 1, 65_536)).toThrowError(refusal);
    expect(() => inflate(deflated, MIXED.length + 1, 65_536)).toThrowError(refusal);
    expect(() => inflate(deflated.subarray(0, deflated.length - 1000), MIXED.length, 65_536)).toThrowError(refusal);
    expect(() => inflate(Uint8Array.of(7, 7, 7, 7), 100, 65_536)).toThrowError(refusal);
  });
});
