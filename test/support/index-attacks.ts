/** What can happen to a tree, to the repository and to the index between two commits: each tries to make the index lie. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync, chmodSync, chownSync, closeSync, cpSync, existsSync, linkSync, lstatSync, lutimesSync, mkdirSync, openSync, readFileSync,
  readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync, writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ostree, run, runWords, succeed } from './program.ts';

/** A whole number below the limit. */
export type Random = (limit: number) => number;

export interface AttackScene {
  /** The tree that is committed; a folder `outside` on the same file system lies beside it. */
  readonly root: string;
  readonly outside: string;
  readonly repo: string;
  readonly random: Random;
  /** A regular file of the tree. */
  readonly victim: string;
  /** Another one, or the same. */
  readonly other: string;
}

export interface Attack {
  readonly name: string;
  strike(scene: AttackScene): void;
}

export const DIRECTORIES = ['d0', 'd1', 'd2', 'd3'] as const;

/** Other content of the same length, written into the same inode. */
function scribble(path: string, random: Random): void {
  const content = readFileSync(path);
  if (content.length === 0) return writeFileSync(path, 'x');
  const at = random(content.length);
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.from([(content[at] ?? 0) ^ (1 + random(255))]), 0, 1, at);
  closeSync(descriptor);
}

function keepTimes(path: string, change: () => void): void {
  const { atime, mtime } = statSync(path);
  change();
  utimesSync(path, atime, mtime);
}

function python(program: string, ...args: readonly string[]): void {
  execFileSync('python3', ['-c', program, ...args]);
}

/** Stores without loading first: see SHORTCOMINGS about tmpfs. */
const MAPPED_STORE = `
import mmap, sys
with open(sys.argv[1], 'r+b') as f:
    m = mmap.mmap(f.fileno(), 0)
    for at in sys.argv[3:]: m[int(at) % len(m)] = int(sys.argv[2])
`;

function swap(a: string, b: string): void {
  if (a === b || !existsSync(a) || !existsSync(b)) return;
  renameSync(a, `${a}.swap`);
  renameSync(b, a);
  renameSync(`${a}.swap`, b);
}

function someDirectory({ root, random }: AttackScene): string {
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  const entry = found[random(found.length)];
  return entry === undefined ? root : join(entry.parentPath, entry.name);
}

const FILE_ATTACKS: readonly Attack[] = [
  { name: 'same size', strike: ({ victim, random }) => scribble(victim, random) },
  { name: 'same size, restored mtime', strike: ({ victim, random }) => keepTimes(victim, () => scribble(victim, random)) },
  { name: 'written twice at once', strike: ({ victim, random }) => (scribble(victim, random), scribble(victim, random)) },
  {
    name: 'write through mmap',
    strike: ({ victim, random }) => {
      if (statSync(victim).size > 0) python(MAPPED_STORE, victim, `${random(256)}`, `${random(9999)}`, `${random(9999)}`);
    },
  },
  {
    name: 'write through mmap, restored mtime',
    strike: ({ victim, random }) => {
      if (statSync(victim).size > 0) keepTimes(victim, () => python(MAPPED_STORE, victim, `${random(256)}`, `${random(9999)}`));
    },
  },
  {
    name: 'another inode, same size and times',
    strike: ({ victim, random }) => {
      const { atime, mtime } = statSync(victim);
      cpSync(victim, `${victim}.new`);
      scribble(`${victim}.new`, random);
      utimesSync(`${victim}.new`, atime, mtime);
      renameSync(`${victim}.new`, victim);
    },
  },
  {
    name: 'inode used again',
    strike: ({ victim, random }) => {
      const content = readFileSync(victim);
      const { atime, mtime } = statSync(victim);
      rmSync(victim);
      writeFileSync(victim, content.map((byte) => byte ^ random(2)));
      utimesSync(victim, atime, mtime);
    },
  },
  { name: 'two files swapped', strike: ({ victim, other }) => swap(victim, other) },
  { name: 'one file moved over another', strike: ({ victim, other }) => renameSync(victim, other) },
  { name: 'another mode', strike: ({ victim, random }) => chmodSync(victim, [0o755, 0o640, 0o4755, 0o600][random(4)] ?? 0) },
  { name: 'another mode and back', strike: ({ victim }) => [0o700, statSync(victim).mode & 0o7777].forEach((mode) => chmodSync(victim, mode)) },
  { name: 'another owner', strike: ({ victim, random }) => chownSync(victim, random(3), random(3)) },
  { name: 'an xattr', strike: ({ victim, random }) => void runWords(['setfattr', '-n', 'user.v', '-v', String(random(9)), victim]) },
  { name: 'no xattr', strike: ({ victim }) => void runWords(['setfattr', '-x', 'user.v', victim]) },
  { name: 'times in the future', strike: ({ victim, random }) => (scribble(victim, random), utimesSync(victim, 4e9, 4e9)) },
  { name: 'times of 1970', strike: ({ victim, random }) => (scribble(victim, random), utimesSync(victim, 0, 0)) },
  {
    name: 'a hardlink in the tree, written through',
    strike: ({ root, victim, random }) => {
      const link = join(root, 'd3', 'link');
      if (link === victim) return;
      rmSync(link, { force: true });
      linkSync(victim, link);
      scribble(link, random);
    },
  },
  {
    name: 'a hardlink outside, written through, restored mtime',
    strike: ({ outside, victim, random }) => {
      const link = join(outside, 'link');
      rmSync(link, { force: true });
      linkSync(victim, link);
      keepTimes(link, () => scribble(link, random));
    },
  },
  {
    name: 'the hardlink outside written again',
    strike: ({ outside, random }) => {
      const link = join(outside, 'link');
      if (existsSync(link)) keepTimes(link, () => scribble(link, random));
    },
  },
  { name: 'truncated and extended', strike: ({ victim, random }) => truncateSync(victim, random(64)) },
  { name: 'hole punched', strike: ({ victim }) => void runWords(['fallocate', '-p', '-o', '0', '-l', '7', victim]) },
  { name: 'appended', strike: ({ victim, random }) => appendFileSync(victim, `more ${random(99)}`) },
  { name: 'removed', strike: ({ victim }) => rmSync(victim) },
  { name: 'a new file', strike: ({ root, random }) => writeFileSync(join(root, `d${random(4)}`, `new${random(20)}`), `n${random(99)}`) },
];

const OTHER_TYPE_ATTACKS: readonly Attack[] = [
  {
    name: 'another symlink, same times',
    strike: ({ root, random }) => {
      const link = join(root, 'd3', 'symlink');
      rmSync(link, { force: true });
      symlinkSync(`target${random(9)}`, link);
      lutimesSync(link, 1, 1);
    },
  },
  {
    name: 'a symlink instead of a file',
    strike: ({ victim, random }) => {
      unlinkSync(victim);
      symlinkSync(`was a file ${random(9)}`, victim);
    },
  },
  {
    name: 'a directory instead of a file',
    strike: ({ victim, random }) => {
      unlinkSync(victim);
      mkdirSync(victim);
      writeFileSync(join(victim, 'below'), `n${random(99)}`);
    },
  },
];

const DIRECTORY_ATTACKS: readonly Attack[] = [
  { name: 'two directories swapped', strike: ({ root, random }) => swap(join(root, `d${random(4)}`), join(root, `d${random(4)}`)) },
  { name: 'a new directory', strike: ({ root, random }) => void mkdirSync(join(root, `d${random(4)}`, `sub${random(5)}`), { recursive: true }) },
  { name: 'another mode of a directory', strike: (scene) => chmodSync(someDirectory(scene), [0o755, 0o700, 0o711][scene.random(3)] ?? 0) },
  { name: 'an xattr of a directory', strike: (scene) => void runWords(['setfattr', '-n', 'user.v', '-v', String(scene.random(9)), someDirectory(scene)]) },
  {
    name: 'a directory moved into another',
    strike: ({ root, random }) => {
      const [from, to] = [join(root, 'd2', 'deep'), join(root, `d${random(4)}`, 'moved')];
      if (existsSync(from) && !existsSync(to) && !to.startsWith(from)) renameSync(from, to);
      else if (existsSync(to) && lstatSync(to).isDirectory() && !existsSync(from)) renameSync(to, from);
    },
  },
  {
    name: 'a directory replaced by its copy',
    strike: ({ root, random }) => {
      const directory = join(root, `d${random(4)}`);
      runWords(['cp', '-a', directory, `${directory}.copy`]);
      runWords(['rm', '-rf', directory]);
      renameSync(`${directory}.copy`, directory);
    },
  },
  {
    name: 'the whole tree replaced by its copy, one file changed',
    strike: ({ root, outside, victim, random }) => {
      const copy = join(outside, 'copy');
      runWords(['rm', '-rf', copy]);
      runWords(['cp', '-a', root, copy]);
      swap(root, copy);
      if (existsSync(victim)) keepTimes(victim, () => scribble(victim, random));
    },
  },
  {
    name: 'the tree before the last copy put back',
    strike: ({ root, outside }) => {
      if (existsSync(join(outside, 'copy', 'd3'))) swap(root, join(outside, 'copy'));
    },
  },
  {
    name: 'the parent moved away and back',
    strike: ({ root }) => {
      const parent = dirname(root);
      renameSync(parent, `${parent}.away`);
      renameSync(`${parent}.away`, parent);
    },
  },
];

function indexFiles(repo: string): string[] {
  const directory = join(repo, 'tmp/cache/coppice-stat-index');
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

/** Something else in the place of each index file. */
function sabotage(name: string, change: (path: string, scene: AttackScene) => void): Attack {
  return { name, strike: (scene) => indexFiles(scene.repo).forEach((path) => change(path, scene)) };
}

const isPlain = (path: string): boolean => lstatSync(path).isFile();

const INDEX_ATTACKS: readonly Attack[] = [
  sabotage('a byte of the index', (path, { random }) => isPlain(path) && statSync(path).size < 1e6 && scribble(path, random)),
  sabotage('the index truncated', (path, { random }) => isPlain(path) && truncateSync(path, random(statSync(path).size + 1))),
  sabotage('the index replaced by a symlink', (path) => (rmSync(path, { recursive: true }), symlinkSync('/etc/passwd', path))),
  sabotage('the index replaced by a fifo', (path) => (rmSync(path, { recursive: true }), void runWords(['mkfifo', path]))),
  sabotage('the index replaced by a directory', (path) => (rmSync(path, { recursive: true }), mkdirSync(path))),
  sabotage('the index removed', (path) => rmSync(path, { recursive: true })),
  sabotage('the index kept for later', (path, { outside }) => isPlain(path) && cpSync(path, join(outside, `index-${path.slice(-32)}`))),
  sabotage('the index of earlier put back', (path, { outside }) => {
    const kept = join(outside, `index-${path.slice(-32)}`);
    if (existsSync(kept) && isPlain(path)) cpSync(kept, path);
  }),
];

const STORE_ATTACKS: readonly Attack[] = [
  {
    name: 'everything pruned',
    strike: ({ repo }) => {
      run(ostree, [`--repo=${repo}`, 'refs', '--delete', 'main']);
      succeed(ostree, [`--repo=${repo}`, 'prune', '--refs-only', '--depth=0']);
    },
  },
  {
    name: 'objects deleted by hand',
    strike: ({ repo, random }) => {
      const objects = join(repo, 'objects');
      const names = readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(file|filez|dirtree|dirmeta)$/.test(name));
      for (let count = random(5); count >= 0; count--) {
        const name = names[random(names.length)];
        if (name !== undefined) rmSync(join(objects, name), { force: true });
      }
    },
  },
];

/** In proportion: mostly what happens to files. */
export const ATTACKS: readonly Attack[] = [
  ...FILE_ATTACKS, ...FILE_ATTACKS, ...OTHER_TYPE_ATTACKS, ...DIRECTORY_ATTACKS, ...INDEX_ATTACKS, ...STORE_ATTACKS,
];

/** Changes the tree for as long as it runs, and never waits: started beside a commit. */
export const RACING_WRITER = `
import mmap, os, random, sys
root = sys.argv[1]
random.seed(int(sys.argv[2]))
def files():
    return [os.path.join(d, n) for d, _, names in os.walk(root) for n in names if not os.path.islink(os.path.join(d, n))]
def overwrite(path):
    with open(path, 'r+b') as f:
        f.seek(random.randrange(max(1, os.path.getsize(path)))); f.write(bytes([random.randrange(256)]))
def store(path):
    with open(path, 'r+b') as f, mmap.mmap(f.fileno(), 0) as m: m[random.randrange(len(m))] = random.randrange(256)
def swap(a, b):
    if a == b: return
    os.rename(a, root + '/swap'); os.rename(b, a); os.rename(root + '/swap', b)
def directories(_):
    swap(*(root + '/d%d' % n for n in random.sample(range(4), 2)))
def names(path):
    swap(path, random.choice(files()))
print('ready', flush=True)
while True:
    try: random.choice([overwrite, overwrite, store, directories, names])(random.choice(files()))
    except (OSError, ValueError, IndexError): pass
`;

/** Keeps mappings for as long as it runs and stores into them, a path and a byte per line of input. */
export const LASTING_MAPPER = `
import mmap, sys
held = {}
for line in sys.stdin:
    path, byte = line.rstrip('\\n').split('\\t')
    try:
        if path not in held:
            with open(path, 'r+b') as f: held[path] = mmap.mmap(f.fileno(), 0)
        held[path][0] = int(byte)
    except (OSError, ValueError): held.pop(path, None)
    print('done', flush=True)
`;
