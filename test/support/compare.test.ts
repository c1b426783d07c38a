import { appendFileSync, chmodSync, chownSync, copyFileSync, linkSync, lutimesSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { compareCheckouts, compareRepositories, snapshotCheckout, strayFiles } from './compare.ts';
import { applyWishes } from './inodes.ts';
import { ostree, runWords, succeed } from './program.ts';
import { describeWith, needs } from './requirements.ts';
import { Scratch } from './scratch.ts';
import { dir, file, hardlink, symlink, writeTree } from './tree.ts';

/** A comparer that cannot fail proves nothing: each mutation of one inode must be seen. */
describeWith([needs.referee, needs.root], 'the comparers', () => {
  const scratch = new Scratch('compare');
  const tree = dir({
    a: file('hello\n', { xattrs: { 'user.a': '1' } }),
    again: hardlink('a'),
    link: symlink('a'),
    d: dir({ inner: file('inner\n', { mode: 0o755 }) }, { xattrs: { 'user.d': '1' } }),
  });
  const source = join(scratch.path, 'tree');
  const pristine = (mode: string): string => join(scratch.path, `pristine-${mode}`);

  beforeAll(() => {
    writeTree(source, tree);
    for (const mode of ['bare', 'archive']) {
      succeed(ostree, ['init', `--repo=${pristine(mode)}`, `--mode=${mode}`]);
      succeed(ostree, ['commit', `--repo=${pristine(mode)}`, '-b', 'main', '--timestamp=@1', source]);
    }
  });

  const copy = (mode: string): string => {
    const to = scratch.fresh(mode);
    runWords(['cp', '-a', pristine(mode), to]);
    return to;
  };
  const object = (repo: string, extension: string): string => {
    const names = readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' });
    const name = names.toSorted().find((candidate) => candidate.endsWith(extension));
    if (name === undefined) throw new Error(`no ${extension} object`);
    return join(repo, 'objects', name);
  };
  const regular = (repo: string): string => {
    const answer = runWords(['find', join(repo, 'objects'), '-name', '*.file', '-type', 'f', '-size', '-2', '-user', '0']);
    return answer.stdout.split('\n').toSorted()[1] ?? '';
  };

  it('finds two commits of one tree equal', () => {
    const other = scratch.fresh('repo');
    succeed(ostree, ['init', `--repo=${other}`, '--mode=bare']);
    succeed(ostree, ['commit', `--repo=${other}`, '-b', 'main', '--timestamp=@1', source]);
    expect(compareRepositories(other, pristine('bare'))).toEqual([]);
    expect(strayFiles(other)).toEqual([]);
  });

  const repositoryMutations: readonly (readonly [string, string, (repo: string) => void, RegExp])[] = [
    ['mode of an object', 'bare', (repo) => { chmodSync(regular(repo), 0o600); }, /: mode: ours 0600/],
    ['owner of an object', 'bare', (repo) => { chownSync(regular(repo), 1, 0); }, /: uid: ours 1, theirs 0/],
    ['time of an object', 'bare', (repo) => { lutimesSync(regular(repo), 1, 1); }, /: mtime: ours 1000000000, theirs 0/],
    ['xattr of an object', 'bare', (repo) => { applyWishes(regular(repo), [{ path: '', xattrs: { 'user.b': '31' } }]); }, /xattr user.b: ours 0x31, theirs absent/],
    ['bytes of an object', 'bare', (repo) => { const path = regular(repo); writeFileSync(path, 'HELLO\n'); lutimesSync(path, 0, 0); }, /: digest: ours/],
    ['missing object', 'bare', (repo) => { unlinkSync(object(repo, '.dirtree')); }, /missing in ours/],
    ['surplus object', 'bare', (repo) => { copyFileSync(object(repo, '.dirmeta'), join(repo, 'objects', 'surplus')); }, /only in ours/],
    ['metadata bytes', 'bare', (repo) => { appendFileSync(object(repo, '.commit'), 'x'); }, /\.commit": digest/],
    ['ref', 'bare', (repo) => { writeFileSync(join(repo, 'refs/heads/main'), `${'0'.repeat(64)}\n`); }, /refs\/heads\/main": digest/],
    ['config', 'bare', (repo) => { appendFileSync(join(repo, 'config'), '\n'); }, /"config": (size|digest)/],
    ['header of a .filez', 'archive', (repo) => { flipByte(object(repo, '.filez'), 16); }, /: digest: ours/],
    ['trailing bytes after a stream', 'archive', (repo) => { appendFileSync(filezWithContent(repo), 'x'); }, /stream does not end with the file/],
    ['mode of a fan-out directory', 'bare', (repo) => { chmodSync(join(object(repo, '.commit'), '..'), 0o700); }, /: mode: ours 0700/],
  ];

  it.each(repositoryMutations)('see a changed %s', (_, mode, mutate, expected) => {
    const mutated = copy(mode);
    expect(compareRepositories(mutated, pristine(mode))).toEqual([]);
    mutate(mutated);
    expect(compareRepositories(mutated, pristine(mode)).join('\n')).toMatch(expected);
  });

  it('accept another deflate stream of the same bytes', () => {
    const other = scratch.fresh('repo');
    succeed(ostree, ['init', `--repo=${other}`, '--mode=archive']);
    appendFileSync(join(other, 'config'), '[archive]\nzlib-level=1\n');
    succeed(ostree, ['commit', `--repo=${other}`, '-b', 'main', '--timestamp=@1', source]);
    writeFileSync(join(other, 'config'), '[core]\nrepo_version=1\nmode=archive-z2\n');
    expect(compareRepositories(other, pristine('archive')).filter((line) => !line.startsWith('"config"'))).toEqual([]);
  });

  it('see files left in tmp', () => {
    const repo = copy('bare');
    mkdirSync(join(repo, 'tmp/staging-x'));
    expect(strayFiles(repo)).toEqual(['tmp/staging-x']);
  });

  const checkoutMutations: readonly (readonly [string, (checkout: string) => void, RegExp])[] = [
    ['lost link to the store', (at) => { copyFileSync(join(at, 'a'), join(at, 'b')); renameSync(join(at, 'b'), join(at, 'd/inner')); }, /linked to: ours no object, theirs objects\//],
    ['lost link between two names', (at) => { rmSync(join(at, 'again')); linkSync(join(at, 'd/inner'), join(at, 'again')); }, /same inode as: ours again|same inode as: ours/],
    ['directory time', (at) => { lutimesSync(join(at, 'd'), 7, 7); }, /"d": mtime: ours 7000000000, theirs 0/],
    ['time of the root', (at) => { lutimesSync(at, 7, 7); }, /^\.: mtime/m],
    ['directory xattr', (at) => { applyWishes(at, [{ path: 'd', xattrs: { 'user.d': '32' } }]); }, /"d": xattr user.d/],
    ['directory mode', (at) => { chmodSync(join(at, 'd'), 0o700); }, /"d": mode: ours 0700/],
    ['missing file', (at) => { rmSync(join(at, 'link')); }, /"link": missing in ours/],
    ['extra file', (at) => { writeFileSync(join(at, 'extra'), ''); }, /"extra": only in ours/],
  ];

  it.each(checkoutMutations)('see a checkout with %s', (_, mutate, expected) => {
    const repo = pristine('bare');
    const [ours, theirs] = [scratch.fresh('ours'), scratch.fresh('theirs')];
    for (const at of [ours, theirs]) succeed(ostree, [`--repo=${repo}`, 'checkout', '-H', 'main', at]);
    const compare = (): string => compareCheckouts(snapshotCheckout(ours, repo), snapshotCheckout(theirs, repo)).join('\n');
    expect(compare()).toBe('');
    mutate(ours);
    expect(compare()).toMatch(expected);
  });

  function filezWithContent(repo: string): string {
    const names = readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.filez'));
    const bySize = names.map((name) => join(repo, 'objects', name)).toSorted((left, right) => statSync(left).size - statSync(right).size);
    return bySize.at(-1) ?? '';
  }
});

function flipByte(path: string, offset: number): void {
  runWords(['python3', '-c', 'import sys; f=open(sys.argv[1],"r+b"); f.seek(int(sys.argv[2])); b=f.read(1); f.seek(-1,1); f.write(bytes([b[0]^1]))', path, String(offset)]);
}
