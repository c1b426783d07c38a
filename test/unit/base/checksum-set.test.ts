import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ChecksumSet, HALF_CHECKSUM_BYTES } from '../../../src/base/checksum-set.ts';

const digest = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest();

describe('ChecksumSet', () => {
  it('tells new members from known ones across several growths', () => {
    const set = new ChecksumSet();
    for (let n = 0; n < 10_000; n++) expect(set.add(digest(n))).toBe(true);
    for (let n = 0; n < 10_000; n++) expect(set.add(digest(n))).toBe(false);
    expect(set.size).toBe(10_000);
    expect(set.has(digest(9_999))).toBe(true);
    expect(set.has(digest(10_000))).toBe(false);
  });

  it('reads a member at an offset of a larger buffer', () => {
    const set = new ChecksumSet();
    const two = Buffer.concat([digest(1), digest(2)]);
    set.add(two, 32);
    expect([set.has(digest(2)), set.has(digest(1)), set.has(two, 32)]).toEqual([true, false, true]);
  });

  it('keeps apart checksums that share their first bytes, the zero checksum too', () => {
    const set = new ChecksumSet();
    const zero = new Uint8Array(32);
    const near = Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? 1 : 0));
    expect([set.has(zero), set.add(zero), set.add(near), set.add(zero), set.size]).toEqual([false, true, true, false, 2]);
  });
});

describe('a checksum set of halves', () => {
  it('looks at half of each, at an offset too, across growths', () => {
    const set = new ChecksumSet(0, HALF_CHECKSUM_BYTES);
    const all = Buffer.concat(Array.from({ length: 5000 }, (_, n) => digest(n)));
    for (let at = 0; at < all.length; at += 32) expect(set.add(all, at)).toBe(true);
    for (let at = 0; at < all.length; at += 32) expect(set.add(all.subarray(at, at + HALF_CHECKSUM_BYTES))).toBe(false);
    expect([set.size, set.has(digest(5000))]).toEqual([5000, false]);
  });
});

describe('a checksum set with an expectation', () => {
  it('holds more than expected too, and can be emptied', () => {
    const set = new ChecksumSet(2000);
    const checksums = Array.from({ length: 5000 }, (_, n) => createHash('sha256').update(String(n)).digest());
    expect(checksums.every((checksum) => set.add(checksum))).toBe(true);
    expect([set.size, checksums.every((checksum) => set.has(checksum))]).toEqual([5000, true]);
    set.clear();
    expect([set.size, checksums.some((checksum) => set.has(checksum))]).toEqual([0, false]);
  });
});
