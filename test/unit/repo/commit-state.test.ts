import { expect, it, describe } from 'vitest';
import { readFileSync } from 'node:fs';
import { parseChecksum } from '../../../src/base/checksum.ts';
import { clearPartial, isPartialCommit, markPartial, partialReason } from '../../../src/repo/commit-state.ts';
import { Scratch } from '../../support/scratch.ts';
import { freshRepo } from './referee.ts';

const scratch = new Scratch('commit-state');
const COMMIT = parseChecksum('c'.repeat(64));

describe('the partial marker', () => {
  it('says why a commit may lack objects, in the bytes of libostree', () => {
    const repo = freshRepo(scratch.fresh('repo'));
    const marker = `${repo.path}/state/${COMMIT}.commitpartial`;
    expect([isPartialCommit(repo, COMMIT), partialReason(repo, COMMIT)]).toEqual([false, undefined]);
    markPartial(repo, COMMIT, 'pull');
    expect([partialReason(repo, COMMIT), readFileSync(marker, 'utf8')]).toEqual(['pull', '']);
    markPartial(repo, COMMIT, 'fsck');
    expect([partialReason(repo, COMMIT), readFileSync(marker, 'utf8')]).toEqual(['fsck', 'f']);
    clearPartial(repo, COMMIT);
    clearPartial(repo, COMMIT);
    expect(isPartialCommit(repo, COMMIT)).toBe(false);
  });
});
