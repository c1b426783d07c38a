import { describe, expect, it } from 'vitest';
import { readDirmeta, writeDirmeta } from '../../../../src/format/object/dirmeta.ts';
import {
  filezHeaderBytes,
  hashPrefix,
  readFileHeader,
  readFilezHeader,
  readOstreemeta,
  writeFileHeader,
  writeFilezHeader,
  writeOstreemeta,
} from '../../../../src/format/object/file-header.ts';
import type { FileHeader } from '../../../../src/format/object/file-header.ts';
import { writeXattrs } from '../../../../src/format/object/xattrs.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

const NONE = new Uint8Array(0);
const base: FileHeader = { uid: 1, gid: 2, mode: 0o104755, rdev: 0, symlinkTarget: '', xattrs: NONE };
const link = (symlinkTarget: string): FileHeader => ({ ...base, mode: 0o120777, symlinkTarget });
const manyXattrs = writeXattrs(
  Array.from({ length: 300 }, (_, i) => ({ name: `user.${String(i).padStart(3, '0')}`, value: Buffer.alloc(i, i) })),
);
const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });

describe('file headers', () => {
  it.each<[string, FileHeader]>([
    ['a plain file', base],
    ['the highest owner', { ...base, uid: 0xffff_ffff, gid: 0xffff_fffe }],
    ['a symlink', link('../ü/日本')],
    ['a target that makes offsets of one byte', link('t'.repeat(237))],
    ['a target that makes offsets of two bytes', link('t'.repeat(238))],
    ['a target that makes offsets of four bytes', link('t'.repeat(70_000))],
    ['a few hundred attributes', { ...base, xattrs: manyXattrs }],
  ])('come back as they were: %s', (_, header) => {
    expect(readFileHeader(writeFileHeader(header))).toEqual(header);
    const filez = writeFilezHeader(header, 2 ** 40 + 7);
    expect(readFilezHeader(filez)).toEqual({ header, sizeBytes: 2 ** 40 + 7, headerBytes: filez.length });
  });

  it('are hashed behind their length and four zeros', () => {
    const [header, prefix] = [writeFileHeader(link('x')), Buffer.from(hashPrefix(link('x')))];
    expect(prefix.readUInt32BE(0)).toBe(header.length);
    expect(prefix.subarray(4, 8)).toEqual(Buffer.alloc(4));
    expect(Buffer.compare(prefix.subarray(8), header)).toBe(0);
  });

  it.each<[string, FileHeader]>([
    ['a directory', { ...base, mode: 0o40755 }],
    ['a device', { ...base, mode: 0o20644 }],
    ['no type', { ...base, mode: 0o644 }],
    ['bits above the mode', { ...base, mode: 0x1_0000 | 0o100644 }],
    ['a device number', { ...base, rdev: 1 }],
    ['a symlink without target', { ...base, mode: 0o120777 }],
    ['a file with a target', { ...base, symlinkTarget: 'x' }],
    ['broken attributes', { ...base, xattrs: Buffer.from('nonsense') }],
  ])('are refused for %s', (_, header) => {
    expect(() => readFileHeader(writeFileHeader(header))).toThrow(invalid);
    expect(() => readFilezHeader(writeFilezHeader(header, 0))).toThrow(invalid);
  });

  it('are refused when cut anywhere', () => {
    const whole = writeFilezHeader(link('target'), 0);
    for (let length = 0; length < whole.length; length++) {
      expect(() => readFilezHeader(whole.subarray(0, length))).toThrow(invalid);
    }
  });

  it('tell their length in the first eight bytes', () => {
    const filez = Buffer.from(writeFilezHeader(base, 1));
    expect(filezHeaderBytes(filez.subarray(0, 8))).toBe(filez.length);
    expect(() => filezHeaderBytes(filez, 10)).toThrow(invalid);
    filez[4] = 1;
    expect(() => filezHeaderBytes(filez)).toThrow(invalid);
  });

  it('refuse a size that no file has', () => {
    const filez = Buffer.from(writeFilezHeader(base, 1));
    filez.fill(0xff, 8, 16);
    expect(() => readFilezHeader(filez)).toThrow(invalid);
  });

  it('refuse a target that cannot be written', () => {
    expect(() => writeFileHeader(link('a\0b'))).toThrow(invalid);
    expect(() => writeFileHeader(link('\udfff'))).toThrow(invalid);
  });
});

describe('user.ostreemeta', () => {
  it('has 12 bytes without attributes', () => {
    const bytes = writeOstreemeta(base);
    expect(Buffer.from(bytes).toString('hex')).toBe('0000000100000002000089ed');
    expect(readOstreemeta(bytes)).toEqual({ uid: 1, gid: 2, mode: 0o104755, xattrs: NONE });
  });

  it.each([0o40755, 0o20644, 0o644])('refuses mode 0%o', (mode) => {
    expect(() => readOstreemeta(writeOstreemeta({ ...base, mode }))).toThrow(invalid);
  });
});

describe('dirmeta', () => {
  it('comes back as it was', () => {
    const dirmeta = { uid: 1000, gid: 100, mode: 0o42775, xattrs: manyXattrs };
    expect(readDirmeta(writeDirmeta(dirmeta))).toEqual(dirmeta);
  });

  it.each([0o100644, 0o120777, 0o755, 0x1_0000 | 0o40755])('refuses mode 0%o', (mode) => {
    expect(() => readDirmeta(writeDirmeta({ uid: 0, gid: 0, mode, xattrs: NONE }))).toThrow(invalid);
  });

  it('refuses fewer than 12 bytes', () => {
    expect(() => readDirmeta(new Uint8Array(11))).toThrow(invalid);
  });
});
