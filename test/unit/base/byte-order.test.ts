import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/base/byte-order.ts';

describe('compareUtf8', () => {
  it('orders as the bytes of UTF-8 do, also above U+FFFF', () => {
    const names = ['\u{1F600}', '\uFFFD', 'a.b', 'a-b', 'Z', 'aa', 'a', '\uE000', 'é', ''];
    const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(names.toSorted(compareUtf8)).toEqual(byBytes);
    expect(names.toSorted()).not.toEqual(byBytes);
  });

  it('agrees with Buffer.compare on any two strings', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
