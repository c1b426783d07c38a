import { beforeAll, describe, expect, it } from 'vitest';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { writeAlias, writeRef } from '../../../src/repo/refs.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { resolveRev } from '../../../src/repo/resolve-rev.ts';
import { parseChecksum } from '../../../src/base/checksum.ts';
import { ostree, run, succeed } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { describeWithReferee, freshRepo } from './referee.ts';

const scratch = new Scratch('resolve-rev');
const NOBODY = '0'.repeat(64);

describe('resolveRev', () => {
  it('resolves a missing ref to nothing only when told so', () => {
    const repo = freshRepo(scratch.fresh('empty'));
    expect(resolveRev(repo, 'main', { allowNoent: true })).toBeUndefined();
    expect(resolveRev(repo, 'main^', { allowNoent: true })).toBeUndefined();
    expect(() => resolveRev(repo, 'main')).toThrow(expect.objectContaining({ code: 'REF_NOT_FOUND' }));
    expect(() => resolveRev(repo, '../x', { allowNoent: true })).toThrow(expect.objectContaining({ code: 'REF_INVALID' }));
  });

  it('takes the first remote in byte order for a bare ref', () => {
    const repo = freshRepo(scratch.fresh('remotes'));
    for (const [index, remote] of ['c', 'a', 'b'].entries()) writeRef(repo, `${remote}:main`, parseChecksum(`${index}`.repeat(64)));
    expect(resolveRev(repo, 'main')).toBe('1'.repeat(64));
    expect(resolveRev(repo, 'b/main')).toBe('2'.repeat(64));
    expect(resolveRev(repo, 'c:main')).toBe(NOBODY);
  });
});

describeWithReferee('resolveRev beside `ostree rev-parse`', () => {
  const parentPath = scratch.fresh('parent');
  const path = scratch.fresh('child');
  let commits: string[] = [];

  beforeAll(() => {
    freshRepo(parentPath);
    const tree = scratch.fresh('tree');
    mkdirSync(tree);
    const commit = (repo: string, ...words: string[]) =>
      succeed(ostree, [`--repo=${repo}`, 'commit', `--tree=dir=${tree}`, ...words]);
    const inParent = commit(parentPath, '-b', 'only-in-parent', '--timestamp=@1');
    freshRepo(path);
    writeFileSync(`${path}/config`, `[core]\nrepo_version=1\nmode=archive\nparent=${parentPath}\n`);
    const repo = Repo.open(path, jsEngine);
    commits = [inParent];
    for (let i = 2; i < 22; i++) commits.push(commit(path, '-b', 'main', `--timestamp=@${i}`));
    writeRef(repo, 'a/b', parseChecksum(commits[3] ?? ''));
    writeRef(repo, 'o:rem', parseChecksum(commits[4] ?? ''));
    writeAlias(repo, 'alias', 'a/b');
    const texts = { bad: 'garbage', empty: '', spaced: `  ${inParent} \n\n`, two: `${inParent}\nx`, upper: inParent.toUpperCase(), tail: `${inParent} \t\n\n` };
    for (const [name, text] of Object.entries(texts)) writeFileSync(`${path}/refs/heads/${name}`, text);
    symlinkSync('nowhere', `${path}/refs/heads/dangling`);
  });

  const theirs = (rev: string): string => {
    const { stdout, stderr } = run(ostree, [`--repo=${path}`, 'rev-parse', '--', rev]);
    expect(stderr).not.toContain('opening repo');
    return stdout + stderr;
  };

  function ours(rev: string): string {
    try {
      return `${resolveRev(Repo.open(path, jsEngine), rev)}\n`;
    } catch (error) {
      return `error: ${error instanceof Error ? error.message : ''}\n`;
    }
  }

  it.each([
    'main', 'main^', 'main^^^', 'a', 'a/b', 'a/b^', 'alias', 'heads/main', 'x', 'x^', 'o:rem', 'rem', 'o/rem', 'remotes/o/rem', 'o:nope',
    'r:main', 'r:', ':main', '', '^', 'a b', '../config', '.hidden', '-x', 'only-in-parent', 'only-in-parent^', NOBODY, `${NOBODY}^`,
    'bad', 'empty', 'spaced', 'two', 'upper', 'tail', 'dangling', '0123456', 'refs/heads/main', 'main/x', 'ab:cd:ef',
  ])('gives the same answer for %j', (rev) => {
    expect(ours(rev)).toBe(theirs(rev));
  });

  it('gives the same answers for abbreviated checksums', () => {
    for (const checksum of commits.slice(0, 4)) {
      const revs = [1, 2, 3, 8, 63].map((length) => checksum.slice(0, length));
      for (const rev of [...revs, `${checksum}0`, `${checksum}^`, checksum.toUpperCase()]) {
        expect({ rev, answer: ours(rev) }).toEqual({ rev, answer: theirs(rev) });
      }
    }
  });
});
