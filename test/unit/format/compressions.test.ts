import { describe, expect, it } from 'vitest';
import { Bzip2Reader } from '../../../src/format/bzip2/bzip2-reader.ts';
import { XzStreamExtent } from '../../../src/format/xz/stream-extent.ts';
import { Xxh64 } from '../../../src/format/zstd/xxh64.ts';
import { ZstdFrames } from '../../../src/format/zstd/zstd-frames.ts';
import type { ZstdEvent } from '../../../src/format/zstd/zstd-frames.ts';

const base64 = (text: string): Buffer => Buffer.from(text, 'base64');
const HELLO = 'hello hello hello hello\n';
/** What the programs of these names make of it. */
const BZIP2 = base64('QlpoOTFBWSZTWW9PEPMAAAXRAAAQQAACRKAAMMACqDRxDa2HDxdyRThQkG9PEPM=');
const ZSTD = base64('KLUv/SQYbQAAOGhlbGxvIAoBAJlLEah8Lqg=');
const XZ = base64('/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAXAAxdADQZSe6N6VYKwSGwAABsFO0bO2i7kQABKBjXg7duH7bzfQEAAAAABFla');
const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });

/** The bytes cut into pieces of one size. */
function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('bzip2', () => {
  function unpack(bytes: Uint8Array, size = bytes.length): Buffer {
    const reader = new Bzip2Reader();
    const pieces: Buffer[] = [];
    for (const piece of cut(bytes, size)) for (const text of reader.push(piece)) pieces.push(Buffer.from(text));
    for (const text of reader.end()) pieces.push(Buffer.from(text));
    return Buffer.concat(pieces);
  }

  it.each([1, 2, 7, 1000])('is unpacked from pieces of %i bytes, stream behind stream', (size) => {
    expect(unpack(BZIP2, size).toString()).toBe(HELLO);
    expect(unpack(Buffer.concat([BZIP2, BZIP2, BZIP2]), size).toString()).toBe(HELLO.repeat(3));
  });

  it('of nothing is nothing', () => {
    expect(unpack(Buffer.from('425a683917724538509000000000', 'hex'))).toHaveLength(0);
    expect(unpack(Buffer.alloc(0))).toHaveLength(0);
  });

  it('is refused wherever it is cut or one bit of it is turned', () => {
    for (let length = 1; length < BZIP2.length; length++) expect(() => unpack(BZIP2.subarray(0, length)), `${length} bytes`).toThrow(invalid);
    for (let bit = 0; bit < BZIP2.length * 8; bit++) {
      const bytes = Buffer.from(BZIP2);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unpackOrRefuse(bytes), `bit ${bit}`).not.toBe('another text');
    }
  });

  /** The level and bits behind the end say nothing about the text. */
  function unpackOrRefuse(bytes: Uint8Array): 'refused' | 'the text' | 'another text' {
    try {
      return unpack(bytes).toString() === HELLO ? 'the text' : 'another text';
    } catch (error) {
      expect(error).toEqual(invalid);
      return 'refused';
    }
  }

  it('refuses rubbish behind its end', () => {
    expect(() => unpack(Buffer.concat([BZIP2, Buffer.from('rubbish')]))).toThrow(invalid);
  });
});

describe('frames of zstd', () => {
  function walk(bytes: Uint8Array, size = bytes.length): ZstdEvent[] {
    const frames = new ZstdFrames();
    const events = [...cut(bytes, size)].flatMap((piece) => [...frames.push(piece)]);
    frames.end();
    return events;
  }
  const bytesOf = (events: readonly ZstdEvent[]): Buffer => Buffer.concat(events.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : [])));
  const turns = (events: readonly ZstdEvent[]): unknown[] => events.filter(({ kind }) => kind !== 'bytes');
  const SKIPPABLE = Buffer.from('502a4d1803000000616263', 'hex');
  const EMPTY_SKIPPABLE = Buffer.from('5f2a4d1800000000', 'hex');
  const ENDS = [{ kind: 'begin', windowBytes: 24 }, { kind: 'end', checksum: ZSTD.readUInt32LE(ZSTD.length - 4) }];

  it.each([1, 3, 5, 1000])('are told apart in pieces of %i bytes', (size) => {
    expect(turns(walk(ZSTD, size))).toEqual(ENDS);
    const many = Buffer.concat([SKIPPABLE, ZSTD, EMPTY_SKIPPABLE, ZSTD]);
    expect(turns(walk(many, size))).toEqual([...ENDS, ...ENDS]);
    expect(bytesOf(walk(many, size))).toEqual(Buffer.concat([ZSTD, ZSTD]));
  });

  it('tell windows of any size', () => {
    const window = (header: string): unknown => turns(walk(Buffer.from(`28b52ffd${header}010000`, 'hex')))[0];
    expect(window('0058')).toEqual({ kind: 'begin', windowBytes: 2 ** 21 });
    expect(window('00a7')).toEqual({ kind: 'begin', windowBytes: 2 ** 30 * 1.875 });
    expect(window('600001')).toEqual({ kind: 'begin', windowBytes: 512 });
    expect(window('e0ffffffffffffff7f')).toMatchObject({ kind: 'begin' });
  });

  it('end without a checksum where they have none', () => {
    expect(turns(walk(Buffer.from('28b52ffd0058010000', 'hex')))).toContainEqual({ kind: 'end', checksum: undefined });
    expect(turns(walk(Buffer.from('28b52ffd005803000061', 'hex')))).toContainEqual({ kind: 'end', checksum: undefined });
  });

  it.each([
    ['a dictionary', '28b52ffd0158'],
    ['a reserved bit', '28b52ffd0858'],
    ['a block of a reserved type', '28b52ffd0058070000'],
    ['rubbish', '00112233'],
  ])('with %s are refused', (_title, hex) => {
    expect(() => walk(Buffer.from(`${hex}0000000000`, 'hex'))).toThrow(invalid);
  });

  it('are refused wherever they are cut', () => {
    for (let length = 1; length < ZSTD.length; length++) expect(() => walk(ZSTD.subarray(0, length))).toThrow(invalid);
  });
});

describe('xxh64', () => {
  const digest = (bytes: Uint8Array, size = 1000): string => {
    const hash = new Xxh64();
    for (const piece of cut(bytes, size)) hash.update(piece);
    return hash.digest().toString(16).padStart(16, '0');
  };

  it('gives the digests that others give', () => {
    expect(digest(Buffer.alloc(0))).toBe('ef46db3751d8e999');
    expect(digest(Buffer.from('a'))).toBe('d24ec4f1a98c6e5b');
    expect(digest(Buffer.from('abcd')).slice(8)).toBe('d25d92cc');
    expect(digest(Buffer.from('0123456789abcdef'.repeat(2))).slice(8)).toBe('8e71e6c5');
    const long = Buffer.concat([...Array.from({ length: 5 }, () => Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte))), Buffer.from('tail!')]);
    for (const size of [1, 5, 31, 32, 33, 2000]) expect(digest(long, size).slice(8)).toBe('5b809e3e');
  });
});

describe('the extent of an xz stream', () => {
  /** In pieces of one size, until it is over. */
  function extentOf(bytes: Uint8Array, size = bytes.length): number | undefined {
    const extent = new XzStreamExtent();
    let total = 0;
    for (const piece of cut(bytes, size)) total += extent.take(piece);
    return extent.isOver ? total : undefined;
  }

  it.each([1, 2, 3, 5, 13, 1000])('ends before what follows, in pieces of %i bytes', (size) => {
    for (const tail of [Buffer.alloc(0), Buffer.alloc(8), XZ, Buffer.from('rubbish')]) expect(extentOf(Buffer.concat([XZ, tail]), size)).toBe(XZ.length);
  });

  it('has no end where the stream has none', () => {
    expect(extentOf(XZ.subarray(0, -1))).toBeUndefined();
    expect(extentOf(Buffer.from('YZ'.repeat(100)))).toBeUndefined();
    expect(extentOf(Buffer.alloc(0))).toBeUndefined();
  });
});
