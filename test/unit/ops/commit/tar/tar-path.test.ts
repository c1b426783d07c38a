import { describe, expect, it } from 'vitest';
import { placeEntry } from '../../../../../src/ops/commit/tar/tar-path.ts';

describe('placeEntry', () => {
  it.each([
    ['./', ''], ['.', ''], ['/', ''], ['a/', 'a'], ['./a/./b', 'a/b'], ['//a//b', 'a/b'], ['/../../x', 'x'], ['..x', '..x'], ['...', '...'],
  ])('places %s at "%s"', (path, expected) => expect(placeEntry(path, undefined)).toBe(expected));

  it.each(['..', '../x', 'a/../x', './../x', '/a/../x', '/./../x', '/..', 'a\0b'])('refuses %j', (path) => {
    expect(() => placeEntry(path, undefined)).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }));
  });

  it('refuses what the translation lets out', () => {
    expect(() => placeEntry('a/f', () => '../f')).toThrow("Invalid uplink '..' in path ../f");
  });
});
