import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ContentParts } from '../../../../src/ops/fsck/content-parts.ts';

const CHECKSUMS = Array.from({ length: 3000 }, (_, n) => createHash('sha256').update(String(n)).digest());

describe('content in parts', () => {
  it.each([[10, 1], [3000, 1], [3001, 2], [9000, 3], [30_000, 10]])('of %i objects are %i, and each object is met in one', (expected, count) => {
    const parts = new ContentParts(expected, 3000);
    expect(parts.count).toBe(count);
    const met = CHECKSUMS.map(() => 0);
    for (let part = 0; part < parts.count; part++) {
      parts.begin(part);
      for (const round of [1, 2]) for (const [index, checksum] of CHECKSUMS.entries()) if (parts.meet(checksum)) met[index] = (met[index] ?? 0) + round;
    }
    expect(met.every((times) => times === 1)).toBe(true);
  });
});
