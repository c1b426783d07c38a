import { describe, expect, it } from 'vitest';
import { writeVariant } from '../../../../src/format/gvariant/write.ts';
import type { Value } from '../../../../src/format/gvariant/value.ts';

/** Bytes of framing behind two strings, one of them of this length. */
const framingOf = (length: number): number => writeVariant('(ss)', ['x'.repeat(length), '']).length - length - 2;

describe('writeVariant', () => {
  it.each<[string, Value]>([
    ['y', 256],
    ['y', -1],
    ['y', 1.5],
    ['n', 0x8000],
    ['q', -1],
    ['i', 0x8000_0000],
    ['u', 2 ** 32],
    ['u', Number.NaN],
    ['x', 2n ** 63n],
    ['t', -1n],
    ['t', 5],
    ['u', 5n],
    ['h', 2n ** 31n],
    ['b', 1],
    ['y', true],
    ['s', 1],
    ['s', null],
    ['d', 'x'],
    ['o', 'x'],
    ['g', 'z'],
    ['v', 1],
    ['as', 'x'],
    ['ay', [1]],
    ['au', new Uint8Array(4)],
    ['(uu)', [1]],
    ['{sv}', ['a']],
    ['mms', 'x'],
  ])('refuses to write as "%s" what is none: %s', (type, value) => {
    expect(() => writeVariant(type, value)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it.each(['a\0b', '\ud800', 'x\udc00y'])('refuses the string %j, which has no UTF-8 form', (text) => {
    expect(() => writeVariant('s', text)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('grows over its first buffer at any kind of value', () => {
    const types: [string, Value, number][] = [
      ['ad', 1.5, 8],
      ['at', 5n, 8],
      ['au', 5, 4],
      ['aq', 5, 2],
      ['ab', true, 1],
      ['ah', 5n, 4],
    ];
    for (const [type, value, size] of types) {
      const list = Array.from({ length: 2000 }, () => value);
      const bytes = writeVariant(type, list);
      expect(bytes).toHaveLength(2000 * size);
      expect(Buffer.from(bytes).equals(Buffer.concat(Array(2000).fill(bytes.subarray(0, size))))).toBe(true);
    }
  });

  it('counts with longer offsets as containers grow', () => {
    expect([252, 253, 65_531, 65_532].map(framingOf)).toEqual([1, 2, 2, 4]);
  });

  it('refuses variants that nest without end', () => {
    let value: Value = { type: 'y', value: 1 };
    for (let i = 0; i < 200; i++) value = { type: 'v', value };
    expect(() => writeVariant('v', value)).toThrow(/too deeply/);
  });
});
