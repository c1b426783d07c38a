import { describe, expect, it } from 'vitest';
import { fileNameFault, joinRelative, parseRelativePath } from '../../../src/base/relative-path.ts';

describe('parseRelativePath', () => {
  it.each([
    ['/usr/bin', 'usr/bin'],
    ['./usr//bin/', 'usr/bin'],
    ['/', ''],
    ['', ''],
    ['...', '...'],
  ])('reads %j as %j', (text, path) => expect(parseRelativePath(text)).toBe(path));

  it.each(['..', '/usr/../etc', 'a/..', 'a\0b'])('refuses %j', (text) => {
    expect(() => parseRelativePath(text)).toThrow(/leaves the tree/);
  });
});

describe('fileNameFault', () => {
  it.each(['', '.', '..', 'a/b', 'a\0'])('finds fault with %j', (name) => expect(fileNameFault(name)).toBeTypeOf('string'));
  it.each(['a', '...', ' ', 'a\nb', 'é'])('accepts %j', (name) => expect(fileNameFault(name)).toBeUndefined());
});

it('joins below the root without a leading slash', () => {
  const root = parseRelativePath('/');
  expect(joinRelative(joinRelative(root, 'usr'), 'bin')).toBe('usr/bin');
});
