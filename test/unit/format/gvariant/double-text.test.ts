import { describe, expect, it } from 'vitest';
import { doubleText } from '../../../../src/format/gvariant/double-text.ts';

describe('doubleText', () => {
  // printf "%.17g"
  it.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [0.1, '0.10000000000000001'],
    [-1.5, '-1.5'],
    [1e16, '10000000000000000'],
    [1e17, '1e+17'],
    [123456789, '123456789'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [5e-324, '4.9406564584124654e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [123456789012345.125, '123456789012345.12'],
    [123456789012345.375, '123456789012345.38'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('writes %d as C does', (value, text) => {
    expect(doubleText(value)).toBe(text);
  });
});
