import { describe, expect, it } from 'vitest';
import { isCoppiceError } from '../../../../src/base/errors.ts';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';
import { readDirtree, writeDirtree } from '../../../../src/format/object/dirtree.ts';
import type { DirtreeDirectory, DirtreeFile } from '../../../../src/format/object/dirtree.ts';
import { assertDirtree } from '../../../../src/format/object/scan-dirtree.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

const sum = (fill: number): Uint8Array => Buffer.alloc(32, fill);
const file = (name: string): DirtreeFile => ({ name, checksum: sum(1) });
const directory = (name: string): DirtreeDirectory => ({ name, tree: sum(2), meta: sum(3) });

/** Serialises lists that `writeDirtree` refuses. */
const forced = (files: [string, Uint8Array][], directories: [string, Uint8Array, Uint8Array][] = []): Uint8Array =>
  writeVariant('(a(say)a(sayay))', [files, directories]);

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return isCoppiceError(error) ? error.code : String(error);
  }
  return undefined;
};

describe('writeDirtree', () => {
  it.each<[string, DirtreeFile[], DirtreeDirectory[]]>([
    ['unsorted files', [file('b'), file('a')], []],
    ['unsorted directories', [], [directory('b'), directory('a')]],
    ['UTF-16 order instead of byte order', [file('\u{1F600}'), file('\uE000')], []],
    ['a repeated name', [file('a'), file('a')], []],
    ['a name in both lists', [file('a'), file('b')], [directory('b')]],
    ['an empty name', [file('')], []],
    ['the directory itself', [file('.')], []],
    ['the parent directory', [], [directory('..')]],
    ['a slash', [file('a/b')], []],
    ['a NUL', [file('a\0')], []],
    ['a short checksum', [{ name: 'a', checksum: new Uint8Array(31) }], []],
    ['a long meta checksum', [], [{ name: 'a', tree: sum(1), meta: new Uint8Array(33) }]],
  ])('refuses %s', (_, files, directories) => {
    expect(codeOf(() => writeDirtree(files, directories))).toBe('INTERNAL');
  });

  it('refuses half a surrogate pair', () => {
    expect(codeOf(() => writeDirtree([file('a\ud800')], []))).toBe('FORMAT_INVALID');
  });

  it('keeps the byte order of libostree', () => {
    const names = ['..a', '.x', 'Z', 'a', 'a-b', 'a.b', 'aa', '\uE000', '\u{1F600}'];
    expect(readDirtree(writeDirtree(names.map(file), [])).files.map(({ name }) => name)).toEqual(names);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 150, 221, 222, 223, 224, 255, 256, 1000, 70_000])(
    'writes what the generic codec writes for a name of %i bytes',
    (length) => {
      const name = 'n'.repeat(length);
      const expected = forced([[name, sum(1)]], [[`${name}d`, sum(2), sum(3)]]);
      const bytes = writeDirtree([file(name)], [directory(`${name}d`)]);
      expect(Buffer.compare(bytes, expected)).toBe(0);
      expect(readDirtree(bytes).directories[0]?.name).toBe(`${name}d`);
    },
  );

  it.each([0, 1, 5, 6, 7, 8, 1700, 1800, 2000])('writes what the generic codec writes for %i files', (count) => {
    const files = Array.from({ length: count }, (_, i) => file(String(i).padStart(5, '0')));
    const expected = forced(files.map(({ name, checksum }) => [name, checksum]));
    expect(Buffer.compare(writeDirtree(files, []), expected)).toBe(0);
    expect(readDirtree(expected).files).toHaveLength(count);
  });
});

describe('readDirtree', () => {
  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array(0)],
    ['an offset behind the end', Buffer.from([5])],
    ['an array framing of nothing', Buffer.from([0, 0, 2])],
    ['unsorted names', forced([['b', sum(1)], ['a', sum(1)]])],
    ['a repeated name', forced([['a', sum(1)], ['a', sum(1)]])],
    ['UTF-16 order', forced([['\u{1F600}', sum(1)], ['\uE000', sum(1)]])],
    ['a name in both lists', forced([['a', sum(1)]], [['a', sum(1), sum(1)]])],
    ['a name in both lists behind others', forced([['a', sum(1)], ['é', sum(1)], ['ü', sum(1)]], [['b', sum(1), sum(1)], ['ü', sum(1), sum(1)]])],
    ['an empty name', forced([['', sum(1)]])],
    ['the directory itself', forced([['.', sum(1)]])],
    ['a parent name', forced([], [['..', sum(1), sum(1)]])],
    ['a name with a slash', forced([['a/b', sum(1)]])],
    ['a short checksum', forced([['a', new Uint8Array(31)]])],
    ['a missing checksum', forced([['a', new Uint8Array(0)]])],
    ['a long tree checksum', forced([], [['a', new Uint8Array(33), new Uint8Array(31)]])],
    ['a byte behind the end', Buffer.concat([forced([['a', sum(1)]]), Buffer.from([0])])],
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(() => readDirtree(bytes))).toBe('FORMAT_INVALID');
    expect(codeOf(() => assertDirtree(bytes))).toBe('FORMAT_INVALID');
  });

  it('tells which name is in both lists', () => {
    const bytes = forced([['a', sum(1)], ['ü', sum(1)]], [['ü', sum(1), sum(1)]]);
    expect(() => assertDirtree(bytes)).toThrow('"ü" is both a file and a directory');
  });

  it('takes names that only look odd, and lists that only nearly share one', () => {
    const bytes = writeDirtree(['...', '.a', '..a', 'a', 'b', 'ü'].toSorted().map(file), ['.b', 'a.', 'aa', 'é'].map(directory));
    expect(() => assertDirtree(bytes)).not.toThrow();
  });

  it('refuses a name that is not UTF-8', () => {
    const bytes = Buffer.from(writeDirtree([file('é')], []));
    bytes[1] = 0xff;
    expect(codeOf(() => readDirtree(bytes))).toBe('FORMAT_INVALID');
  });

  it('refuses a name without NUL and one with a NUL inside', () => {
    const bytes = Buffer.from(writeDirtree([file('abc')], []));
    bytes[3] = 0x64;
    expect(codeOf(() => readDirtree(bytes))).toBe('FORMAT_INVALID');
    bytes[3] = 0;
    bytes[1] = 0;
    expect(codeOf(() => readDirtree(bytes))).toBe('FORMAT_INVALID');
  });

  it('reads from the middle of a larger buffer', () => {
    const object = writeDirtree([file('a')], [directory('b')]);
    const padded = Buffer.concat([Buffer.alloc(3, 9), object, Buffer.alloc(3, 9)]);
    expect(readDirtree(padded.subarray(3, -3))).toEqual({ files: [file('a')], directories: [directory('b')] });
  });
});
