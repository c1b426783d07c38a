import { describe, expect, it } from 'vitest';
import { dictOrder } from '../../../../src/format/gvariant/dict-order.ts';

const inOrder = (keys: readonly string[]): string[] => dictOrder(keys.map((key) => [key, 0] as const)).map(([key]) => key);
const LIBOSTREE = ['ostree.summary.last-modified', 'ostree.summary.mode', 'ostree.summary.tombstone-commits', 'ostree.summary.indexed-deltas'];

describe('the order of a dictionary', () => {
  it('is that of the summaries of ostree 2022.7', () => {
    expect(inOrder(LIBOSTREE).join(' ')).toBe(
      'ostree.summary.mode ostree.summary.last-modified ostree.summary.tombstone-commits ostree.summary.indexed-deltas',
    );
    expect(inOrder(['ostree.commit.timestamp', 'ostree.commit.version'])).toEqual(['ostree.commit.version', 'ostree.commit.timestamp']);
  });

  it('is that of one that has grown twice', () => {
    const numbered = Array.from({ length: 30 }, (_, index) => `k${index + 1}.x`);
    expect(inOrder([...numbered, ...LIBOSTREE]).join(' ').replaceAll('ostree.summary.', '')).toBe(
      'k11.x k19.x k6.x k20.x k28.x last-modified k14.x k1.x k9.x k23.x k17.x k4.x tombstone-commits k26.x k12.x k7.x k21.x k29.x ' +
        'k30.x k2.x k15.x k24.x k10.x k18.x k5.x k27.x mode k13.x k8.x k22.x indexed-deltas k16.x k3.x k25.x',
    );
  });

  it('depends on which key came first where two want one place', () => {
    expect(inOrder([LIBOSTREE[2] ?? '', ...LIBOSTREE])).toEqual(inOrder([LIBOSTREE[2] ?? '', LIBOSTREE[0] ?? '', LIBOSTREE[1] ?? '', LIBOSTREE[3] ?? '']));
    expect(inOrder([LIBOSTREE[2] ?? '', ...LIBOSTREE])).not.toEqual(inOrder(LIBOSTREE));
  });

  it('keeps the last value of a key', () => {
    expect(dictOrder([['a', 1], ['b', 2], ['a', 3]])).toEqual([['b', 2], ['a', 3]]);
  });

  it('loses nothing among ten thousand keys', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `ü${index * 7}`);
    expect(inOrder(keys).toSorted()).toEqual(keys.toSorted());
  });
});
