import { describe, expect, it } from 'vitest';
import { readBranchDepths } from '../../../src/cli/branch-depths.ts';

describe('BRANCH=DEPTH', () => {
  it.each([
    ['a=3', ['a', 3]],
    ['a=-1', ['a', -1]],
    ['a= +7x', ['a', 7]],
    ['a=1=2', ['a', 1]],
    ['=4', ['', 4]],
    ['a=4294967297', ['a', 1]],
    ['a=99999999999999999999', ['a', -1]],
    ['a=-99999999999999999999', ['a', 0]],
  ] as const)('%s is read as C reads it', (word, expected) => {
    expect([...readBranchDepths([word])]).toEqual([expected]);
  });

  it('the last one of a branch counts', () => {
    expect(readBranchDepths(['a=1', 'a=2']).get('a')).toBe(2);
  });

  it.each([
    ['a', 'Invalid value a, must specify BRANCH=DEPTH'],
    ['a=', 'Invalid depth '],
    ['a=x1', 'Invalid depth x1'],
  ])('%s is refused in ostree’s words', (word, message) => {
    expect(() => readBranchDepths([word])).toThrowError(expect.objectContaining({ code: 'USAGE', message }));
  });
});
