/** The stat index under attack: whatever happens to the tree between commits, each commit equals one without an index. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync, closeSync, cpSync, lutimesSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statfsSync, statSync,
  symlinkSync, linkSync, truncateSync, utimesSync, writeFileSync, writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seededRandom } from '../support/fault.ts';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, writeTree } from '../support/tree.ts';

const ROUNDS = Number(process.env['COPPICE_INDEX_ROUNDS'] ?? 15);
const MODES = ['bare-user-only', 'archive', 'bare'] as const;

type Random = (limit: number) => number;

/** One thing that happens to a tree; `victim` is a regular file in it. */
interface Attack {
  readonly name: string;
  strike(root: string, victim: string, random: Random): void;
}

/** Other content of the same length. */
function scribble(path: string, random: Random): void {
  const content = readFileSync(path);
  if (content.length === 0) return writeFileSync(path, 'x');
  const at = random(content.length);
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.from([(content[at] ?? 0) ^ 0x55]), 0, 1, at);
  closeSync(descriptor);
}

function restoreTimes(path: string, change: () => void): void {
  const { atime, mtime } = statSync(path);
  change();
  utimesSync(path, atime, mtime);
}

/** Writes without reading first: a tmpfs page that was read through a shared mapping takes writes that leave no trace. */
const MMAP = `
import mmap, sys
with open(sys.argv[1], 'r+b') as f:
    m = mmap.mmap(f.fileno(), 0)
    m[0] = int(sys.argv[2])
    m.flush()
`;

const MMAP_READ_FIRST = MMAP.replace('int(sys.argv[2])', 'm[0] ^ 0x33');
const TMPFS = 0x01021994;

const ATTACKS: readonly Attack[] = [
  { name: 'same size', strike: (_, victim, random) => scribble(victim, random) },
  { name: 'same size, restored mtime', strike: (_, victim, random) => restoreTimes(victim, () => scribble(victim, random)) },
  {
    name: 'write through mmap',
    strike: (_, victim, random) => {
      if (statSync(victim).size > 0) execFileSync('python3', ['-c', MMAP, victim, String(random(256))]);
    },
  },
  {
    name: 'another inode, same size and times',
    strike: (_, victim, random) => {
      const { atime, mtime } = statSync(victim);
      cpSync(victim, `${victim}.new`);
      scribble(`${victim}.new`, random);
      utimesSync(`${victim}.new`, atime, mtime);
      renameSync(`${victim}.new`, victim);
    },
  },
  {
    name: 'inode used again',
    strike: (_, victim, random) => {
      const content = readFileSync(victim);
      rmSync(victim);
      writeFileSync(victim, content.map((byte) => byte ^ random(2)));
    },
  },
  {
    name: 'two files swapped',
    strike: (root, victim) => {
      const other = join(root, 'd0', 'f1');
      if (other === victim) return;
      renameSync(victim, `${victim}.swap`);
      cpSync(other, victim);
      renameSync(`${victim}.swap`, other);
    },
  },
  {
    name: 'two directories swapped',
    strike: (root) => {
      renameSync(join(root, 'd1'), join(root, 'swap'));
      renameSync(join(root, 'd2'), join(root, 'd1'));
      renameSync(join(root, 'swap'), join(root, 'd2'));
    },
  },
  { name: 'another mode', strike: (_, victim, random) => chmodSync(victim, random(2) === 0 ? 0o755 : 0o640) },
  { name: 'an xattr', strike: (_, victim, random) => void execFileSync('setfattr', ['-n', 'user.v', '-v', String(random(9)), victim]) },
  { name: 'mtime in the future', strike: (_, victim, random) => (scribble(victim, random), utimesSync(victim, 4e9, 4e9)) },
  {
    name: 'a hardlink, written through',
    strike: (root, victim, random) => {
      const link = join(root, 'd3', 'link');
      rmSync(link, { force: true });
      linkSync(victim, link);
      scribble(link, random);
    },
  },
  {
    name: 'a symlink instead of nothing, another target',
    strike: (root, _, random) => {
      const link = join(root, 'd3', 'symlink');
      rmSync(link, { force: true });
      symlinkSync(`target${random(9)}`, link);
      lutimesSync(link, 1, 1);
    },
  },
  { name: 'truncated and extended', strike: (_, victim, random) => truncateSync(victim, random(64)) },
  { name: 'removed', strike: (_, victim) => rmSync(victim) },
  { name: 'a new file', strike: (root, _, random) => writeFileSync(join(root, `d${random(4)}`, `new${random(20)}`), `n${random(99)}`) },
  { name: 'a new directory', strike: (root, _, random) => void mkdirSync(join(root, `d${random(4)}`, `sub${random(5)}`), { recursive: true }) },
];

function regularFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function strikeOnce(root: string, random: Random): string {
  const attack = ATTACKS[random(ATTACKS.length)];
  const files = regularFiles(root);
  const victim = files[random(files.length)];
  if (attack === undefined || victim === undefined) return 'nothing';
  attack.strike(root, victim, random);
  return attack.name;
}

const commitWords = (repo: string, tree: string): string[] => [`--repo=${repo}`, 'commit', '-b', 'main', '--timestamp=@1', '--parent=none', tree];

function freshTree(root: string): void {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}`, file(`content ${n} `.repeat(n * 7), { mtimeSeconds: 1000 + n })]));
  writeTree(root, dir({ d0: dir(files), d1: dir(files), d2: dir({ ...files, deep: dir(files) }), d3: dir(files) }));
}

describeWith([needs.referee], 'a commit by the stat index', () => {
  const scratch = new Scratch('stat-index');

  it.each(MODES)('equals one by ostree into a fresh repository after any change: %s', (mode) => {
    const root = scratch.fresh(`tree-${mode}`);
    const repo = scratch.fresh(`repo-${mode}`);
    freshTree(root);
    succeed(coppice, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    const next = seededRandom(42);
    const random: Random = (limit) => Math.floor(next() * limit);
    for (let round = 0; round < ROUNDS; round++) {
      const done = Array.from({ length: 1 + random(3) }, () => strikeOnce(root, random));
      if (random(3) === 0) execFileSync('sleep', ['0.15']);
      const referee = scratch.fresh('referee');
      rmSync(referee, { recursive: true, force: true });
      succeed(ostree, ['init', `--repo=${referee}`, `--mode=${mode}`]);
      const expected = succeed(ostree, commitWords(referee, root));
      expect({ round, done, commit: succeed(coppice, commitWords(repo, root)) }).toEqual({ round, done, commit: expected });
    }
    succeed(ostree, ['fsck', `--repo=${repo}`]);
  });

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
});
