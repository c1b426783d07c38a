import { describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../../src/base/checksum.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import { readSizes, writeSizes } from '../../../../src/format/object/sizes.ts';
import type { SizeEntry } from '../../../../src/format/object/sizes.ts';
import { pushVarint, readVarint } from '../../../../src/format/object/varint.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });
const sum = (digit: string): ReturnType<typeof parseChecksum> => parseChecksum(digit.repeat(64));

const varint = (value: number): string => {
  const out: number[] = [];
  pushVarint(out, value);
  return Buffer.from(out).toString('hex');
};

describe('varints', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [300_000, 'e0a712'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('write %i as %s', (value, hex) => {
    expect(varint(value)).toBe(hex);
    expect(readVarint(Buffer.from(`aa${hex}bb`, 'hex'), 1)).toEqual({ value, next: 1 + hex.length / 2 });
  });

  it.each(['', '80', 'ffff', 'ffffffffffffff10', 'ffffffffffffffffffff01', '8080808080808080808080'])('refuse %s', (hex) => {
    expect(() => readVarint(Buffer.from(hex, 'hex'), 0)).toThrow(invalid);
  });
});

const entry = (digit: string, archivedBytes: number): SizeEntry => ({
  checksum: sum(digit),
  type: OBJECT_TYPE.file,
  archivedBytes,
  unpackedBytes: 300,
});

describe('ostree.sizes', () => {
  it('is sorted by checksum', () => {
    const variant = writeSizes([entry('b', 1), entry('a', 2)]);
    expect(readSizes(variant)).toEqual([entry('a', 2), entry('b', 1)]);
  });

  it('has the bytes of libostree', () => {
    const { type, value } = writeSizes([entry('a', 39)]);
    expect([type, value]).toEqual(['aay', [Buffer.from(`${'a'.repeat(64)}27ac0201`, 'hex')]]);
  });

  it('lacks the type in old commits', () => {
    const value = [Buffer.from(`${'a'.repeat(64)}2703`, 'hex')];
    expect(readSizes({ type: 'aay', value })[0]).toMatchObject({ type: undefined, archivedBytes: 39, unpackedBytes: 3 });
  });

  it.each([
    ['a short checksum', 'aa'],
    ['no sizes', 'a'.repeat(64)],
    ['a type that is none', `${'a'.repeat(64)}01010a`],
    ['bytes left over', `${'a'.repeat(64)}01010101`],
  ])('refuses %s', (_, hex) => {
    expect(() => readSizes({ type: 'aay', value: [Buffer.from(hex, 'hex')] })).toThrow(invalid);
  });

  it('refuses another type', () => {
    expect(() => readSizes({ type: 's', value: '' })).toThrow(invalid);
  });
});
