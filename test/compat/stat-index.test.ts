/** What the stat index answers, what it must not answer, and what becomes of it; `index-attack.test.ts` attacks it at random. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import { describeWith, hasEngine, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, writeTree } from '../support/tree.ts';

/** Loads before it stores: on tmpfs the kernel lets such a store pass without a trace. */
const MMAP_READ_FIRST = `
import mmap, sys
with open(sys.argv[1], 'r+b') as f:
    m = mmap.mmap(f.fileno(), 0)
    m[0] ^= 0x33
    m.flush()
`;
const TMPFS = 0x01021994;

/** Stores into a mapping whose descriptor is closed, at once and when a line comes in. */
const MAPPER = `
import mmap, sys
with open(sys.argv[1], 'r+b') as f: m = mmap.mmap(f.fileno(), 0)
m[0] = 1
print('ready', flush=True)
for line in sys.stdin:
    m[0] ^= 0x55
    print('done', flush=True)
`;
const commitWords = (repo: string, tree: string): string[] => [`--repo=${repo}`, 'commit', '-b', 'main', '--timestamp=@1', '--parent=none', tree];

function freshTree(root: string): void {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}`, file(`content ${n} `.repeat(n * 7), { mtimeSeconds: 1000 + n })]));
  writeTree(root, dir({ d0: dir(files), d1: dir(files), d2: dir({ ...files, deep: dir(files) }), d3: dir(files) }));
}

describeWith([needs.referee], 'a commit by the stat index', () => {
  const scratch = new Scratch('stat-index');

  it('sees a write through a mapping that was read before, on a disk', ({ skip }) => {
    if (statfsSync(tmpdir()).type === TMPFS) skip('the temporary directory lies on tmpfs');
    const parent = mkdtempSync(join(tmpdir(), 'coppice-mmap-'));
    const [root, repo] = [join(parent, 'tree'), scratch.fresh('mmap')];
    try {
      freshTree(root);
      execFileSync('sleep', ['0.2']);
      succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
      const before = succeed(coppice, commitWords(repo, root));
      execFileSync('python3', ['-c', MMAP_READ_FIRST, join(root, 'd2', 'f3')]);
      const after = succeed(coppice, commitWords(repo, root));
      expect(after).not.toBe(before);
      expect(after).toBe(succeed(coppice, [...commitWords(repo, root), '--no-index']));
    } finally {
      rmSync(parent, { recursive: true });
    }
  });

  it('never names an object that is not there', () => {
    const [root, repo] = [scratch.fresh('pruned-tree'), scratch.fresh('pruned')];
    freshTree(root);
    execFileSync('sleep', ['0.2']);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    succeed(coppice, commitWords(repo, root));
    succeed(ostree, [`--repo=${repo}`, 'refs', '--delete', 'main']);
    succeed(ostree, [`--repo=${repo}`, 'prune', '--refs-only']);
    succeed(coppice, commitWords(repo, root));
    succeed(ostree, ['fsck', `--repo=${repo}`]);
  });

  it('reads no file of an unchanged tree, and every one when told so', () => {
    const [root, repo] = [scratch.fresh('quiet-tree'), scratch.fresh('quiet')];
    freshTree(root);
    execFileSync('sleep', ['0.2']);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    const known = (...flags: string[]): unknown =>
      JSON.parse(succeed(coppice, [...commitWords(repo, root), '--json', ...flags])).contentKnown;
    expect([known(), known(), known('--no-index')]).toEqual([0, 60, 0]);
  });

  it('rebuilds an index that is damaged in any byte', () => {
    const [root, repo] = [scratch.fresh('damaged-tree'), scratch.fresh('damaged')];
    freshTree(root);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    const expected = succeed(coppice, commitWords(repo, root));
    const index = join(repo, 'tmp/cache/coppice-stat-index');
    for (const part of [0, 0.1, 0.5, 0.9, 0.999]) {
      for (const name of readdirSync(index)) {
        const bytes = readFileSync(join(index, name));
        const at = Math.floor(bytes.length * part);
        bytes[at] = (bytes[at] ?? 0) ^ 0xff;
        writeFileSync(join(index, name), bytes);
      }
      expect(succeed(coppice, commitWords(repo, root))).toBe(expected);
    }
    for (const name of readdirSync(index)) truncateSync(join(index, name), 100);
    expect(run(coppice, commitWords(repo, root))).toMatchObject({ status: 0, stdout: `${expected}\n` });
  });

  it('sees what a mapping writes that was there before the commit', async ({ skip }) => {
    if (!hasEngine('native')) skip('only the native engine can tell that a file is mapped');
    const [root, repo] = [scratch.fresh('mapped-tree'), scratch.fresh('mapped')];
    const victim = join(root, 'd2', 'f3');
    freshTree(root);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    const mapper = spawn('python3', ['-c', MAPPER, victim]);
    try {
      await once(mapper.stdout, 'data');
      execFileSync('sleep', ['0.2']);
      const before = succeed(coppice, commitWords(repo, root));
      mapper.stdin.write('\n');
      await once(mapper.stdout, 'data');
      const after = succeed(coppice, commitWords(repo, root));
      expect(after).not.toBe(before);
      expect(after).toBe(succeed(coppice, [...commitWords(repo, root), '--no-index']));
    } finally {
      mapper.kill('SIGKILL');
    }
  });

  it('keeps apart what other flags make of the same tree', () => {
    const [root, repo, aside] = [scratch.fresh('flags-tree'), scratch.fresh('flags'), scratch.fresh('aside')];
    freshTree(root);
    writeFileSync(`${aside}-skip`, '/d1/f2\n');
    writeFileSync(`${aside}-override`, '+2048 /d1/f3\n');
    execFileSync('sleep', ['0.2']);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare']);
    const flags = [[], [`--skip-list=${aside}-skip`], [], [`--statoverride=${aside}-override`], [`--statoverride=${aside}-override`], ['--owner-uid=7'], []];
    for (const [turn, words] of flags.entries()) {
      const referee = scratch.fresh('referee');
      succeed(ostree, ['init', `--repo=${referee}`, '--mode=bare']);
      const expected = succeed(ostree, [...commitWords(referee, root), ...words]);
      expect({ turn, commit: run(coppice, [...commitWords(repo, root), ...words]) }).toMatchObject({ turn, commit: { stdout: `${expected}\n`, stderr: '' } });
    }
  });

  it('does not take over what --link-checkout-speedup believed', () => {
    const [root, repo, checkout, referee] = ['links-tree', 'links', 'links-checkout', 'links-referee'].map((label) => scratch.fresh(label)) as [string, string, string, string];
    writeTree(root, dir({ a: file('content', { mode: 0o664 }), d: dir({ b: file('more', { mode: 0o600 }) }) }));
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user']);
    succeed(coppice, [...commitWords(repo, root), '--owner-uid=5', '--owner-gid=6']);
    succeed(coppice, [`--repo=${repo}`, 'checkout', '-U', '-H', 'main', checkout]);
    execFileSync('sleep', ['0.2']);
    for (let turn = 0; turn < 2; turn++) succeed(coppice, [...commitWords(repo, checkout), '-I']);
    succeed(ostree, ['init', `--repo=${referee}`, '--mode=bare-user']);
    expect(succeed(coppice, commitWords(repo, checkout))).toBe(succeed(ostree, commitWords(referee, checkout)));
  });

  it.each([
    ['bare', ['-H']],
    ['bare-user', ['-U', '-H']],
    ['bare-user-only', ['-U', '-H']],
    ['archive', ['-U']],
  ] as const)('reads of a checkout of hardlinks only what has changed since it was committed: %s', (mode, flags) => {
    const [root, repo, checkout, referee] = ['tree', 'repo', 'checkout', 'referee'].map((label) => scratch.fresh(`${mode}-${label}`)) as [string, string, string, string];
    freshTree(root);
    writeFileSync(join(root, 'd1', 'alone'), 'no other file shares its object, whose ctime the edit changes');
    succeed(coppice, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    succeed(coppice, commitWords(repo, root));
    if (mode === 'archive') succeed(coppice, ['config', `--repo=${repo}`, 'set', 'core.enable-uncompressed-cache', 'true']);
    succeed(coppice, [`--repo=${repo}`, 'checkout', ...flags, 'main', checkout]);
    execFileSync('sleep', ['0.2']);
    succeed(coppice, commitWords(repo, checkout));
    rmSync(join(checkout, 'd1', 'alone'));
    writeFileSync(join(checkout, 'd1', 'alone'), 'an edit that breaks the link');
    const { checksum, filesRead } = JSON.parse(succeed(coppice, [...commitWords(repo, checkout), '--json']));
    succeed(ostree, ['init', `--repo=${referee}`, `--mode=${mode}`]);
    expect({ checksum, filesRead }).toEqual({ checksum: succeed(ostree, commitWords(referee, checkout)), filesRead: 1 });
  });

  it('tells each lie that --verify-index finds, and commits the truth', ({ skip }) => {
    if (statfsSync(scratch.path).type !== TMPFS) skip('only on tmpfs the kernel lets a change pass without a trace');
    const [root, repo] = [scratch.fresh('lie-tree'), scratch.fresh('lie')];
    freshTree(root);
    execFileSync('sleep', ['0.2']);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    const before = succeed(coppice, commitWords(repo, root));
    const verify = [...commitWords(repo, root), '--verify-index'];
    expect(run(coppice, verify)).toMatchObject({ status: 0, stdout: `${before}\n`, stderr: '' });
    execFileSync('python3', ['-c', MMAP_READ_FIRST, join(root, 'd2', 'deep', 'f3')]);
    expect(succeed(coppice, commitWords(repo, root))).toBe(before);
    const { status, stdout, stderr } = run(coppice, [...verify, '--json']);
    const { checksum, indexVerified, indexLies } = JSON.parse(stdout);
    expect({ status, stderr, indexVerified, indexLies }).toEqual({
      status: 1, stderr: 'the stat index is wrong about "/d2/deep/f3"\n', indexVerified: 60, indexLies: 1,
    });
    expect(checksum).toBe(succeed(coppice, [...commitWords(repo, root), '--no-index']));
    expect(run(coppice, verify)).toMatchObject({ status: 0, stdout: `${checksum}\n`, stderr: '' });
  });
});
