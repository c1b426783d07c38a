import { describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../../src/base/checksum.ts';
import {
  isMetadataType,
  isObjectType,
  looseObjectName,
  looseObjectPath,
  objectExtension,
  objectTypeName,
  OBJECT_TYPE,
  parseLooseObjectName,
  parseObjectTypeName,
} from '../../../../src/format/object/object-type.ts';
import type { ObjectType } from '../../../../src/format/object/object-type.ts';
import { isWritableMode, objectFormatConfigText, parseObjectFormat, parseRepoMode } from '../../../../src/format/object/repo-mode.ts';

const CHECKSUM = parseChecksum(`ab${'c'.repeat(62)}`);

describe('object types', () => {
  it.each<[ObjectType, string, string, boolean]>([
    [1, 'file', 'filez', false],
    [2, 'dirtree', 'dirtree', true],
    [3, 'dirmeta', 'dirmeta', true],
    [4, 'commit', 'commit', true],
    [5, 'tombstone-commit', 'tombstone-commit', true],
    [6, 'commitmeta', 'commitmeta', true],
    [7, 'payload-link', 'payload-linkz', false],
    [8, 'file-xattrs', 'file-xattrsz', false],
    [9, 'file-xattrs-link', 'file-xattrs-linkz', false],
  ])('%i is called %s, in archive %s', (type, name, archiveName, metadata) => {
    expect(objectTypeName(type)).toBe(name);
    expect(parseObjectTypeName(name)).toBe(type);
    expect([objectExtension(type, false), objectExtension(type, true)]).toEqual([name, archiveName]);
    expect(isMetadataType(type)).toBe(metadata);
    const archive = archiveName !== name;
    expect(parseLooseObjectName(looseObjectName(CHECKSUM, type, true))).toEqual({ checksum: CHECKSUM, type, archive });
  });

  it('are the numbers 1 to 9', () => {
    expect([0, 1, 9, 10, 1.5].map(isObjectType)).toEqual([false, true, true, false, false]);
  });

  it('name files under the first two digits', () => {
    expect(looseObjectPath(CHECKSUM, OBJECT_TYPE.file, true)).toBe(`ab/${'c'.repeat(62)}.filez`);
  });

  it('are read from paths below objects', () => {
    const path = looseObjectPath(CHECKSUM, OBJECT_TYPE.commit, false);
    expect(parseLooseObjectName(path)).toEqual({ checksum: CHECKSUM, type: OBJECT_TYPE.commit, archive: false });
  });

  it.each(['', 'ab/x.file', CHECKSUM, `${CHECKSUM}.`, `${CHECKSUM}.z`, `${CHECKSUM}.commitz`, `${CHECKSUM}.tmp`])(
    'are not read from "%s"',
    (name) => {
      expect(parseLooseObjectName(name)).toBeUndefined();
    },
  );

  it('are not read from upper-case checksums', () => {
    expect(parseLooseObjectName(`${'A'.repeat(64)}.file`)).toBeUndefined();
  });
});

describe('repository modes', () => {
  it.each([
    ['bare', 'bare', true],
    ['bare-user', 'bare-user', true],
    ['bare-user-only', 'bare-user-only', true],
    ['archive', 'archive', true],
    ['archive-z2', 'archive', true],
    ['bare-split-xattrs', 'bare-split-xattrs', false],
  ])('%s is read as %s', (text, mode, writable) => {
    const parsed = parseRepoMode(text);
    expect(parsed).toBe(mode);
    expect(parsed !== undefined && isWritableMode(parsed)).toBe(writable);
  });

  it('has no mode for other words', () => {
    expect(['', 'Bare', 'archive-z2 ', 'archive-z3'].map(parseRepoMode)).toEqual(Array(4).fill(undefined));
  });

  it.each([
    ['archive-z2', { mode: 'archive', algorithm: 'sha256' }],
    ['bare', { mode: 'bare', algorithm: 'sha256' }],
    ['archive-z2-blake3', { mode: 'archive', algorithm: 'blake3' }],
    ['bare-user-only-blake3', { mode: 'bare-user-only', algorithm: 'blake3' }],
  ] as const)('%s in config says mode and algorithm, and is written so', (text, format) => {
    expect(parseObjectFormat(text)).toEqual(format);
    expect(objectFormatConfigText(format)).toBe(text);
  });

  it('knows no other algorithm by its mark', () => {
    expect(['-blake3', 'blake3', 'bare-sha256', 'bare-blake3-blake3', 'bare_blake3'].map(parseObjectFormat)).toEqual(Array(5).fill(undefined));
    expect(['bare-blake3', 'archive-z2-blake3'].map(parseRepoMode)).toEqual([undefined, undefined]);
  });
});
