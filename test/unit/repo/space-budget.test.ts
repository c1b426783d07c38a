import { describe, expect, it } from 'vitest';
import { formatSize } from '../../../src/repo/space-budget.ts';

describe('formatSize', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [4096, '4.1 kB'],
    [25_001_984, '25.0 MB'],
    [1e9, '1.0 GB'],
    [2.5e15, '2.5 PB'],
  ])('prints %d as GLib does', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text.replace(' ', '\u00a0'));
  });
});
