import { describe, expect, it } from 'vitest';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { parseChecksum } from '../../../src/base/checksum.ts';
import { listRefs, readRef, writeAlias, writeRef } from '../../../src/repo/refs.ts';
import { locateCollectionRef } from '../../../src/repo/ref-location.ts';
import { writeRefAt } from '../../../src/repo/write-ref.ts';
import { ostree, run, succeed } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { describeWithReferee, errorLine, freshRepo } from './referee.ts';

const scratch = new Scratch('refs');
const A = parseChecksum('a'.repeat(64));
const B = parseChecksum('b'.repeat(64));
const repoAt = () => freshRepo(scratch.fresh('repo'));

describe('writeRef', () => {
  it('writes 65 bytes with mode 0644 and nothing beside them', () => {
    const repo = repoAt();
    writeRef(repo, 'os/main', A);
    writeRef(repo, 'origin:os/main', B);
    const path = `${repo.path}/refs/heads/os/main`;
    expect(readFileSync(path, 'utf8')).toBe(`${A}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readFileSync(`${repo.path}/refs/remotes/origin/os/main`, 'utf8')).toBe(`${B}\n`);
    expect(readdirSync(`${repo.path}/tmp`)).toEqual(['cache']);
    expect([readRef(repo, 'os/main'), readRef(repo, 'origin:os/main'), readRef(repo, 'nothing')]).toEqual([A, B, undefined]);
  });

  it('moves, deletes, and touches the repository for whoever watches it', () => {
    const repo = repoAt();
    utimesSync(repo.path, 1, 1);
    writeRef(repo, 'main', A);
    expect(statSync(repo.path).mtimeMs).toBeGreaterThan(1e12);
    writeRef(repo, 'main', B, { fsync: false });
    expect(readRef(repo, 'main')).toBe(B);
    writeRef(repo, 'main', undefined);
    writeRef(repo, 'main/below', undefined);
    expect(readRef(repo, 'main')).toBeUndefined();
  });

  it('turns an alias into a plain ref and never writes through it', () => {
    const repo = repoAt();
    writeRef(repo, 'main', A);
    writeAlias(repo, 'deep/er/alias', 'main');
    expect(readlinkSync(`${repo.path}/refs/heads/deep/er/alias`)).toBe('../../main');
    expect(readRef(repo, 'deep/er/alias')).toBe(A);
    writeRef(repo, 'deep/er/alias', B);
    expect(lstatSync(`${repo.path}/refs/heads/deep/er/alias`).isFile()).toBe(true);
    expect(readRef(repo, 'main')).toBe(A);
  });

  it('takes the place of directories that deleted refs left empty', () => {
    const repo = repoAt();
    writeRef(repo, 'q/r/s', A);
    writeRef(repo, 'q/r/s', undefined);
    writeRef(repo, 'q', B);
    expect(readRef(repo, 'q')).toBe(B);
  });

  it('keeps a symlink in tmp/ from leading it astray', () => {
    const repo = repoAt();
    const elsewhere = scratch.fresh('elsewhere');
    symlinkSync(elsewhere, `${repo.path}/refs/heads/link`);
    writeRef(repo, 'link', A);
    expect(existsSync(elsewhere)).toBe(false);
  });

  it.each(['..', 'a b', 'bad/', '', 'r:', ':main', '-x', 'a//b', 'a/../b'])('refuses the refspec %j', (refspec) => {
    expect(() => writeRef(repoAt(), refspec, A)).toThrow(expect.objectContaining({ code: 'REF_INVALID' }));
  });
});

describe('listRefs', () => {
  it('lists heads and remotes in byte order, mirrors apart', () => {
    const repo = repoAt();
    for (const refspec of ['b', 'a/b', 'a-b', 'origin:z', 'origin:a/x']) writeRef(repo, refspec, A);
    writeRefAt(repo, locateCollectionRef('org.example.Os', 'stable'), B);
    writeAlias(repo, 'c/alias', 'a/b');
    const names = (options = {}) => listRefs(repo, options).map(({ refspec }) => refspec);
    expect(names()).toEqual(['a-b', 'a/b', 'b', 'c/alias', 'origin:a/x', 'origin:z']);
    expect(names({ kind: 'heads' })).toEqual(['a-b', 'a/b', 'b', 'c/alias']);
    expect(names({ kind: 'remotes' })).toEqual(['origin:a/x', 'origin:z']);
    expect(names({ prefix: 'a' })).toEqual(['a/b']);
    expect(names({ prefix: 'a/b' })).toEqual(['a/b']);
    expect(names({ prefix: 'origin:' })).toEqual(['origin:a/x', 'origin:z']);
    expect(names({ prefix: 'origin:a' })).toEqual(['origin:a/x']);
    expect(listRefs(repo, { prefix: 'c' })).toEqual([{ refspec: 'c/alias', collectionId: undefined, checksum: A, alias: 'a/b' }]);
    expect(listRefs(repo, { kind: 'mirrors' })).toEqual([
      { refspec: 'stable', collectionId: 'org.example.Os', checksum: B, alias: undefined },
    ]);
  });

  it('lists a ref with broken contents without a checksum', () => {
    const repo = repoAt();
    writeFileSync(`${repo.path}/refs/heads/bad`, 'garbage');
    expect(listRefs(repo)).toMatchObject([{ refspec: 'bad', checksum: undefined }]);
    expect(() => readRef(repo, 'bad')).toThrow(expect.objectContaining({ code: 'REF_INVALID', message: 'Invalid rev garbage' }));
  });
});

function pair() {
  const repo = repoAt();
  const tree = scratch.fresh('tree');
  mkdirSync(tree);
  // a fixed time: one commit in sixteen begins with the digit that is the name of a ref here, and abbreviations are revisions, too
  const commit = succeed(ostree, [`--repo=${repo.path}`, 'commit', '-b', 'a/b', '--owner-uid=0', '--owner-gid=0', '--timestamp=@1700000000', `--tree=dir=${tree}`]);
  expect(commit).not.toMatch(/^a/);
  return { repo, commit: parseChecksum(commit) };
}

describeWithReferee('refs beside `ostree refs`', () => {
  it('reads what ostree wrote, and the other way round', () => {
    const { repo, commit } = pair();
    writeRef(repo, 'ours', commit);
    writeRef(repo, 'origin:theirs', commit);
    writeAlias(repo, 'x/alias', 'a/b');
    succeed(ostree, [`--repo=${repo.path}`, 'refs', '-A', '--create=y/alias', 'ours']);
    const listed = succeed(ostree, [`--repo=${repo.path}`, 'refs']).split('\n').toSorted();
    expect(listRefs(repo).map(({ refspec }) => refspec)).toEqual(listed);
    const aliases = succeed(ostree, [`--repo=${repo.path}`, 'refs', '-A']).split('\n').toSorted();
    expect(listRefs(repo).flatMap(({ refspec, alias }) => (alias === undefined ? [] : `${refspec} -> ${alias}`))).toEqual(aliases);
    expect(succeed(ostree, [`--repo=${repo.path}`, 'rev-parse', 'x/alias'])).toBe(commit);
  });

  it.each(['a', 'a/b/c'])('refuses to write %s beside a/b with the same words', (ref) => {
    const { repo, commit } = pair();
    const theirs = run(ostree, [`--repo=${repo.path}`, 'refs', commit, `--create=${ref}`]);
    const ours = errorLine(() => writeRef(repo, ref, commit));
    // ostree 2022.7 names what lies below relative to the ref
    expect(ours).toBe(theirs.stderr);
  });

  it('fails on a dangling alias with the same words', () => {
    const { repo } = pair();
    symlinkSync('nowhere', `${repo.path}/refs/heads/dangling`);
    expect(errorLine(() => listRefs(repo))).toBe(run(ostree, [`--repo=${repo.path}`, 'refs']).stderr);
  });
});
