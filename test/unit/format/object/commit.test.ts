import { describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../../src/base/checksum.ts';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';
import type { Value } from '../../../../src/format/gvariant/value.ts';
import { COMMIT_TYPE, commitContentChecksumInput, readCommit, writeCommit } from '../../../../src/format/object/commit.ts';
import type { Commit } from '../../../../src/format/object/commit.ts';
import { findMetadata, readCommitmeta, writeCommitmeta } from '../../../../src/format/object/commitmeta.ts';
import { readTombstone, writeTombstone } from '../../../../src/format/object/tombstone.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

const sum = (digit: string): ReturnType<typeof parseChecksum> => parseChecksum(digit.repeat(64));
const invalid = expect.objectContaining({ code: 'FORMAT_INVALID' });

const COMMIT: Commit = {
  metadata: [
    ['version', { type: 's', value: '1' }],
    ['a', { type: 'a{sv}', value: [['x', { type: 't', value: 5n }]] }],
  ],
  parent: sum('a'),
  related: [{ name: 'r', checksum: Buffer.alloc(32, 7) }],
  subject: 'sübject',
  body: '',
  timestampSeconds: 2n ** 63n + 1n,
  rootTree: sum('b'),
  rootMeta: sum('c'),
};

const fields = (changes: Readonly<Record<number, Value>>): Uint8Array => {
  const usual: Value[] = [[], Buffer.alloc(0), [], '', '', 0n, Buffer.alloc(32), Buffer.alloc(32)];
  return writeVariant(COMMIT_TYPE, usual.map((value, index) => changes[index] ?? value));
};

describe('commits', () => {
  it('come back as they were, metadata in its order', () => {
    expect(readCommit(writeCommit(COMMIT))).toEqual(COMMIT);
  });

  it('have no parent when the field is empty', () => {
    expect('parent' in readCommit(fields({}))).toBe(false);
  });

  it.each<[string, Readonly<Record<number, Value>>]>([
    ['a parent of 31 bytes', { 1: Buffer.alloc(31) }],
    ['a root dirtree of 33 bytes', { 6: Buffer.alloc(33) }],
    ['no root dirmeta', { 7: Buffer.alloc(0) }],
  ])('are refused with %s', (_, changes) => {
    expect(() => readCommit(fields(changes))).toThrow(invalid);
  });

  it('are refused when cut anywhere', () => {
    const bytes = writeCommit(COMMIT);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readCommit(bytes.subarray(0, length))).toThrow(invalid);
    }
  });

  it('have a content checksum over both root checksums', () => {
    expect(Buffer.from(commitContentChecksumInput(COMMIT)).toString('hex')).toBe('b'.repeat(64) + 'c'.repeat(64));
  });
});

describe('commitmeta', () => {
  it('keeps the order of its keys', () => {
    const entries = readCommitmeta(writeCommitmeta(COMMIT.metadata));
    expect(entries).toEqual(COMMIT.metadata);
    expect(findMetadata(entries, 'version')?.value).toBe('1');
    expect(findMetadata(entries, 'nothing')).toBeUndefined();
  });

  it('is empty when it has no bytes', () => {
    expect(readCommitmeta(new Uint8Array(0))).toEqual([]);
  });
});

describe('tombstones', () => {
  it('are the bytes that ostree prune leaves', () => {
    const commit = parseChecksum('8eebd1bc160b472fb9557138b806f2aedc3b92b9119c653b5c000ed8d5b1eae7');
    const bytes = writeTombstone(commit);
    const text = Buffer.from(commit).toString('hex');
    expect(Buffer.from(bytes).toString('hex')).toBe(`636f6d6d69740000${text}00006179074d`);
    expect(readTombstone(bytes)).toBe(commit);
  });

  it.each<[string, Uint8Array]>([
    ['no commit', writeCommitmeta([])],
    ['a string', writeCommitmeta([['commit', { type: 's', value: 'a'.repeat(64) }]])],
    ['binary', writeCommitmeta([['commit', { type: 'ay', value: Buffer.alloc(32) }]])],
  ])('are refused with %s', (_, bytes) => {
    expect(() => readTombstone(bytes)).toThrow(invalid);
  });
});
