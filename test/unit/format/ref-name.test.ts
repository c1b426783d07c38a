import { describe, expect, it } from 'vitest';
import {
  formatRefspec,
  isValidCollectionId,
  isValidRefName,
  isValidRemoteName,
  parseCollectionId,
  parseRefName,
  parseRefspec,
  parseRemoteName,
} from '../../../src/format/ref-name.ts';

const error = (message: string): unknown => expect.objectContaining({ code: 'REF_INVALID', message });

describe('ref names', () => {
  const good = ['a', 'a/b', 'os/x86_64/main', '_', 'a.b', 'a-', 'a..', '1.0', 'é/ü', '日本', '½', '٣'];
  it.each(good)('may be "%s"', (name) => {
    expect(isValidRefName(name)).toBe(true);
    expect(parseRefspec(name)).toEqual({ ref: name });
  });

  const bad = ['', '-x', '.x', '.', '..', 'a b', 'a/', '/a', 'a//b', 'a/..', 'a/.b', 'a/-b', 'x~', 'a+b', 'a\n', 'a\0'];
  it.each([...bad, 'a\u0310', '\u203f'])('may not be %j', (name) => {
    expect(isValidRefName(name)).toBe(false);
    expect(() => parseRefName(name)).toThrow(error(`Invalid ref name ${name}`));
    expect(() => parseRefspec(name)).toThrow(error(`Invalid refspec ${name}`));
  });
});

describe('refspecs', () => {
  it('may name a remote', () => {
    expect(parseRefspec('origin:os/main')).toEqual({ remote: 'origin', ref: 'os/main' });
    expect(formatRefspec(parseRefspec('origin:os/main'))).toBe('origin:os/main');
    expect(formatRefspec(parseRefspec('os/main'))).toBe('os/main');
  });

  it.each([':', ':a', 'a:', 'a:b:c', 'a/b:c', '-a:b', 'a b:c'])('may not be %j', (text) => {
    expect(() => parseRefspec(text)).toThrow(error(`Invalid refspec ${text}`));
  });
});

describe('remote names', () => {
  it('are one fragment of a ref name', () => {
    expect(['origin', 'o.r-g_1'].map(isValidRemoteName)).toEqual([true, true]);
    expect(['a/b', '', '-a', 'a:b'].some(isValidRemoteName)).toBe(false);
    expect(() => parseRemoteName('a/b')).toThrow(error('Invalid remote name a/b'));
  });
});

describe('collection IDs', () => {
  it.each([
    ['org.example.Os', true],
    ['a.b', true],
    ['_a._1', true],
    [`a.${'b'.repeat(253)}`, true],
    [`a.${'b'.repeat(254)}`, false],
    ['org', false],
    ['', false],
    ['.a', false],
    ['a.', false],
    ['a..b', false],
    ['a.1b', false],
    ['a-b.c', false],
    ['é.a', false],
    ['a.b\n', false],
  ])('%j: %s', (id, valid) => {
    expect(isValidCollectionId(id)).toBe(valid);
  });

  it('are refused in the words of ostree', () => {
    expect(() => parseCollectionId('a..b')).toThrow(error('Invalid collection ID a..b'));
    expect(parseCollectionId('org.example.Os')).toBe('org.example.Os');
  });
});
