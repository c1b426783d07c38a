import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/base/byte-order.ts';
import { checksumFromBytes } from '../../src/base/checksum.ts';
import { isCoppiceError } from '../../src/base/errors.ts';
import { fileNameFault } from '../../src/base/relative-path.ts';
import { swapU32 } from '../../src/format/big-endian.ts';
import { readVariant } from '../../src/format/gvariant/read.ts';
import { writeVariant } from '../../src/format/gvariant/write.ts';
import { parseKeyfile } from '../../src/format/keyfile.ts';
import { COMMIT_TYPE, readCommit, writeCommit } from '../../src/format/object/commit.ts';
import { readCommitmeta } from '../../src/format/object/commitmeta.ts';
import { readDirmeta, writeDirmeta } from '../../src/format/object/dirmeta.ts';
import { readDirtree, writeDirtree } from '../../src/format/object/dirtree.ts';
import { readFileHeader, readFilezHeader, readOstreemeta, writeFileHeader, writeFilezHeader } from '../../src/format/object/file-header.ts';
import type { FileHeader } from '../../src/format/object/file-header.ts';
import { readSizes } from '../../src/format/object/sizes.ts';
import { readTombstone, writeTombstone } from '../../src/format/object/tombstone.ts';
import { readXattrs, writeXattrs } from '../../src/format/object/xattrs.ts';
import { parseRefspec } from '../../src/format/ref-name.ts';
import { readSummary, SUMMARY_TYPE } from '../../src/format/summary.ts';
import { damaged, text, valueOf } from './format-arbitraries.ts';
import { parseType } from '../../src/format/gvariant/type-string.ts';

const DIRTREE_TYPE = '(a(say)a(sayay))';
const HEADER_TYPE = '(uuuusa(ayay))';
const XATTRS_TYPE = 'a(ayay)';

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const EXPECTED: ReadonlySet<string> = new Set(['FORMAT_INVALID', 'CHECKSUM_INVALID', 'REF_INVALID']);

/** Runs a reader; true when it took the input, false when it refused it in its own words. */
function takes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (isCoppiceError(error) && EXPECTED.has(error.code)) return false;
    throw error;
  }
}

const sum = fc.uint8Array({ minLength: 32, maxLength: 32 });
const fileName = text.filter((name) => fileNameFault(name) === undefined);

/** Names of a directory in byte order, each told to be a file or a directory. */
const names = fc
  .uniqueArray(fc.tuple(fileName, fc.boolean()), { maxLength: 12, selector: ([name]) => name })
  .map((list) => list.toSorted(([a], [b]) => compareUtf8(a, b)));

const dirtree = fc.tuple(names, sum, sum).map(([list, first, second]) => ({
  files: list.flatMap(([name, isFile]) => (isFile ? [{ name, checksum: first }] : [])),
  directories: list.flatMap(([name, isFile]) => (isFile ? [] : [{ name, tree: first, meta: second }])),
}));

const xattrName = text.filter((name) => name !== '');
const xattrs = fc
  .uniqueArray(fc.record({ name: xattrName, value: fc.uint8Array({ maxLength: 40 }) }), { maxLength: 4, selector: ({ name }) => name })
  .map(writeXattrs);

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const header: fc.Arbitrary<FileHeader> = fc
  .record({ uid: u32, gid: u32, bits: fc.integer({ min: 0, max: 0o7777 }), target: text, xattrs })
  .map(({ uid, gid, bits, target, xattrs: list }) => ({
    uid,
    gid,
    mode: bits | (target === '' ? 0o100000 : 0o120000),
    rdev: 0,
    symlinkTarget: target,
    xattrs: list,
  }));

const commitBytes = valueOf(parseType('(a{sv}ssx)')).chain((value) => {
  const [metadata, subject, body] = value as readonly [never[], string, string];
  return fc.tuple(sum, sum, fc.boolean()).map(([tree, meta, hasParent]) =>
    writeVariant(COMMIT_TYPE, [metadata, hasParent ? tree : new Uint8Array(0), [], subject, body, 5n, tree, meta]),
  );
});

describe('the dirtree codec written by hand', () => {
  it('writes what the generic one writes, and reads it back', () => {
    fc.assert(
      fc.property(dirtree, ({ files, directories }) => {
        const bytes = writeDirtree(files, directories);
        const expected = writeVariant(DIRTREE_TYPE, [
          files.map(({ name, checksum }) => [name, checksum]),
          directories.map(({ name, tree, meta }) => [name, tree, meta]),
        ]);
        expect(equal(bytes, expected)).toBe(true);
        const again = readDirtree(bytes);
        expect(equal(writeDirtree(again.files, again.directories), bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('takes nothing that the generic one refuses', () => {
    const input = damaged(dirtree.map(({ files, directories }) => writeDirtree(files, directories)));
    fc.assert(
      fc.property(input, (bytes) => {
        if (!takes(() => readDirtree(bytes))) return;
        expect(takes(() => readVariant(DIRTREE_TYPE, bytes))).toBe(true);
        const { files, directories } = readDirtree(bytes);
        expect(equal(writeDirtree(files, directories), bytes)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('file headers', () => {
  it('are what the generic codec writes, and come back', () => {
    fc.assert(
      fc.property(header, fc.nat(), (value, size) => {
        const bytes = writeFileHeader(value);
        const fields = [value.uid, value.gid, value.mode, value.rdev].map(swapU32);
        const list = readVariant(XATTRS_TYPE, value.xattrs);
        expect(equal(bytes, writeVariant(HEADER_TYPE, [...fields, value.symlinkTarget, list]))).toBe(true);
        expect(equal(writeFileHeader(readFileHeader(bytes)), bytes)).toBe(true);
        const filez = readFilezHeader(writeFilezHeader(value, size));
        expect(filez.sizeBytes).toBe(size);
        expect(equal(writeFileHeader(filez.header), bytes)).toBe(true);
      }),
    );
  });

  it('that are damaged are refused, or are the normal form of another header', () => {
    fc.assert(
      fc.property(damaged(header.map(writeFileHeader)), (bytes) => {
        if (!takes(() => readFileHeader(bytes))) return;
        expect(takes(() => readVariant(HEADER_TYPE, bytes))).toBe(true);
        expect(equal(writeFileHeader(readFileHeader(bytes)), bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('extended attributes', () => {
  it('that are damaged are refused, or are the normal form of another list', () => {
    fc.assert(
      fc.property(damaged(xattrs), (bytes) => {
        if (!takes(() => readXattrs(bytes))) return;
        expect(takes(() => readVariant(XATTRS_TYPE, bytes))).toBe(true);
        expect(equal(writeXattrs(readXattrs(bytes)), bytes)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('commits', () => {
  it('come back, and give the same bytes again', () => {
    fc.assert(
      fc.property(commitBytes, (bytes) => {
        expect(equal(writeCommit(readCommit(bytes)), bytes)).toBe(true);
      }),
    );
  });
});

const summaryBytes: fc.Arbitrary<Uint8Array> = valueOf(parseType(SUMMARY_TYPE)).map((value) => writeVariant(SUMMARY_TYPE, value));

describe('every reader', () => {
  const READERS: readonly [string, (bytes: Uint8Array) => unknown, fc.Arbitrary<Uint8Array>][] = [
    ['dirtree', readDirtree, dirtree.map(({ files, directories }) => writeDirtree(files, directories))],
    ['dirmeta', readDirmeta, xattrs.map((list) => writeDirmeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: list }))],
    ['file header', readFileHeader, header.map(writeFileHeader)],
    ['.filez header', readFilezHeader, header.map((value) => writeFilezHeader(value, 3))],
    ['user.ostreemeta', readOstreemeta, xattrs.map((list) => writeDirmeta({ uid: 0, gid: 0, mode: 0o100644, xattrs: list }))],
    ['xattrs', readXattrs, xattrs],
    ['commit', readCommit, commitBytes],
    ['commitmeta', readCommitmeta, commitBytes],
    ['tombstone', readTombstone, sum.map((bytes) => writeTombstone(checksumFromBytes(bytes)))],
    ['summary', readSummary, summaryBytes],
    ['sizes', (bytes) => readSizes({ type: 'aay', value: [bytes] }), fc.uint8Array({ minLength: 30, maxLength: 60 })],
  ];

  it.each(READERS)('of a %s takes good, damaged and random bytes, or refuses them in its own words', (_, read, good) => {
    fc.assert(
      fc.property(fc.oneof(good, damaged(good), damaged(damaged(good)), fc.uint8Array({ maxLength: 100 })), (bytes) => {
        expect(takes(() => read(bytes))).toBeTypeOf('boolean');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('key files', () => {
  const line = fc.constantFrom('[a]', '[b "c"]', 'x=1', 'y = \\s2;', '# c', '', '  ', 'x', '=', '[', 'é=\\q', 'k[de]=v');
  const source = fc.oneof(fc.string({ unit: 'binary' }), fc.array(line).map((lines) => lines.join('\n')));

  it('that are taken come back letter for letter', () => {
    fc.assert(
      fc.property(source, (input) => {
        fc.pre(takes(() => parseKeyfile(input)));
        expect(parseKeyfile(input).serialise()).toBe(input);
      }),
      { numRuns: 1000 },
    );
  });

  it('give back every string and list that was set', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (value, items) => {
        const file = parseKeyfile('[a]\n');
        fc.pre(!`${value}${items.join('')}`.includes('\0'));
        file.setString('a', 's', value);
        file.setList('a', 'l', items);
        const again = parseKeyfile(file.serialise());
        expect(again.getString('a', 's')).toBe(value);
        expect(again.getList('a', 'l')).toEqual(items);
      }),
    );
  });
});

describe('refspecs', () => {
  it('are taken or refused with REF_INVALID', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (input) => {
        expect(takes(() => parseRefspec(input))).toBeTypeOf('boolean');
      }),
    );
  });
});
