import { describe, expect, it } from 'vitest';
import { isObjectPath, isSignature, parseType } from '../../../../src/format/gvariant/type-string.ts';

describe('parseType', () => {
  it.each([
    ['y', 1, 1],
    ['b', 1, 1],
    ['n', 2, 2],
    ['u', 4, 4],
    ['h', 4, 4],
    ['t', 8, 8],
    ['d', 8, 8],
    ['s', 1, 0],
    ['v', 8, 0],
    ['ay', 1, 0],
    ['a{sv}', 8, 0],
    ['mu', 4, 0],
    ['()', 1, 1],
    ['(yu)', 4, 8],
    ['(uy)', 4, 8],
    ['(yt(yn))', 8, 24],
    ['{yt}', 8, 16],
    ['(us)', 4, 0],
    ['(a{sv}aya(say)sstayay)', 8, 0],
  ])('%s has alignment %i and size %i', (text, alignment, fixedSize) => {
    expect(parseType(text)).toMatchObject({ text, alignment, fixedSize });
    expect(parseType(text)).toBe(parseType(text));
  });

  it.each(['', 'z', '*', '?', 'r', 'a', 'm', '(', ')', '(y', 'y)', '{sv', '{s}', '{vs}', '{asv}', '{svv}', 'yy', 'a{sv', '__proto__'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseType(text)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
    },
  );

  it('refuses types that nest too deeply or are too long', () => {
    expect(() => parseType(`${'a'.repeat(129)}y`)).toThrow(/too deeply/);
    expect(() => parseType('('.repeat(60_000))).toThrow(/too deeply/);
    expect(() => parseType(`(${'y'.repeat(70_000)})`)).toThrow(/too many/);
    expect(parseType(`${'a'.repeat(128)}y`).depth).toBe(128);
  });
});

describe('object paths and signatures', () => {
  it('are checked as D-Bus does', () => {
    expect(['/', '/a', '/a_1/B', '', 'a', '//', '/a/', '/a-b', '/a\n'].map(isObjectPath)).toEqual([
      true, true, true, false, false, false, false, false, false,
    ]);
    expect(['', 'ii', 'a{sv}(y)', 'mi', '{', 'a'].map(isSignature)).toEqual([true, true, true, false, false, false]);
  });
});
