import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { busyTree, expectOnlyStaging, expectSound, seededRandom } from '../support/fault.ts';
import { coppice, ostree, run, runWords, start, succeed, succeedWords, withWords } from '../support/program.ts';
import type { Finished, Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

const ROUNDS = Math.ceil(Number(process.env['COPPICE_FAULT_ROUNDS'] ?? '30') / 2.5);
const SEED = Number(process.env['COPPICE_FAULT_SEED'] ?? Date.now() % 1_000_000);
const MODES = ['archive', 'bare-user', 'bare-user-only'] as const;
type Mode = (typeof MODES)[number];

interface Lane {
  readonly mode: Mode;
  readonly source: Mode;
  readonly words: readonly string[];
}
const LANES: readonly Lane[] = [
  { mode: 'archive', source: 'bare-user-only', words: ['--threads=2'] },
  { mode: 'bare-user', source: 'archive', words: ['--threads=0'] },
  { mode: 'bare-user-only', source: 'archive', words: ['--engine=wasm', '--threads=0'] },
  { mode: 'archive', source: 'archive', words: ['--engine=js', '--threads=0'] },
];
/** Whatever a repair does on disk: kills come right before one of these. */
const CALLS = 'rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,fsync,fdatasync,syncfs,write,pwrite64';

describeWith([needs.referee, needs.root, needs.native, needs.strace], `kill -9 of fsck --repair at ${ROUNDS} random moments (seed ${SEED})`, () => {
  const scratch = new Scratch('repair-kill');
  const random = seededRandom(SEED);
  const pristine = (mode: Mode): string => join(scratch.path, `pristine-${mode}`);
  const momentsOf = new Map<Lane, readonly string[]>();
  let kills = 0;

  beforeAll(() => {
    for (const seed of [1, 2]) writeTree(join(scratch.path, `tree-${seed}`), busyTree(seed, 150, 100_000));
    for (const mode of MODES) {
      succeed(ostree, ['init', `--repo=${pristine(mode)}`, `--mode=${mode}`]);
      for (const seed of [1, 2]) succeed(ostree, ['commit', `--repo=${pristine(mode)}`, '-b', `branch-${seed}`, '--timestamp=@1', '--canonical-permissions', '--no-xattrs', '--add-detached-metadata-string=a=b', join(scratch.path, `tree-${seed}`)]);
    }
    for (const lane of LANES) momentsOf.set(lane, listMoments(lane));
  });

  const copyOf = (path: string): string => {
    const repo = scratch.fresh('repo');
    succeedWords(['cp', '-a', path, repo]);
    return repo;
  };

  /** Every third object is flipped, cut or gone. */
  const damagedCopy = (mode: Mode): string => {
    const repo = copyOf(pristine(mode));
    for (const path of objectsOf(repo)) {
      const dice = random();
      if (dice < 0.33 && !path.endsWith('.commitmeta')) damage(join(repo, 'objects', path), dice);
    }
    return repo;
  };

  const repairWords = (program: Program, repo: string, lane: Lane): readonly string[] => [...program.words, 'fsck', '--repair', `--from=${pristine(lane.source)}`, '-q', `--repo=${repo}`];

  /** One word for each call that the busiest thread of a repair makes, as `rename 17`. */
  const listMoments = (lane: Lane): readonly string[] => {
    const log = scratch.fresh('log');
    succeedWords(['strace', '-f', '-qq', '-o', log, '-e', `trace=${CALLS}`, ...repairWords(withWords(coppice, ...lane.words), damagedCopy(lane.mode), lane)]);
    const counts = new Map<string, number>();
    const moments = [...readFileSync(log, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)].map(([, thread = '', call = '']) => {
      const count = (counts.get(`${thread} ${call}`) ?? 0) + 1;
      counts.set(`${thread} ${call}`, count);
      return `${call} ${count}`;
    });
    return [...new Set(moments)];
  };

  const killedRepair = async (repo: string, lane: Lane): Promise<Finished> => {
    const moments = momentsOf.get(lane) ?? [];
    const [call = '', which = ''] = (moments[Math.floor(random() * moments.length)] ?? '').split(' ');
    const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${which}`];
    return start([...inject, ...repairWords(withWords(coppice, ...lane.words), repo, lane)]).finished;
  };

  it.each(Array.from({ length: ROUNDS }, (_, round) => [round] as const))('round %i', async (round) => {
    const lane = LANES[round % LANES.length];
    if (lane === undefined) throw new Error('no lanes');
    const repo = damagedCopy(lane.mode);
    const before = contentsOf(repo);
    const original = contentsOf(pristine(lane.mode));
    const killed = await killedRepair(repo, lane);
    if (killed.signal === 'SIGKILL') kills += 1;

    const after = contentsOf(repo);
    const changed = [...after.keys()].filter((path) => after.get(path) !== before.get(path));
    expect([...before.keys()].filter((path) => !after.has(path)), 'objects that are gone').toEqual([]);
    expect(changed.filter((path) => before.get(path) === original.get(path)), 'sound objects that were touched').toEqual([]);
    // whatever has been replaced by then is whole: it fits into a repository that has the rest
    const hybrid = copyOf(pristine(lane.mode));
    for (const path of changed) transplant(join(repo, 'objects', path), join(hybrid, 'objects', path));
    expect(run(ostree, ['fsck', '--all', '-q', `--repo=${hybrid}`])).toMatchObject({ status: 0, stderr: '' });

    expect(runWords(repairWords(coppice, repo, lane))).toMatchObject({ status: 0, stderr: '' });
    expectSound(repo);
    expect(run(ostree, ['fsck', '--all', '-q', `--repo=${repo}`]).status).toBe(0);
    expect(readdirSync(join(repo, 'state'))).toEqual([]);
    expectOnlyStaging(repo);
    expect([...contentsOf(repo).keys()].toSorted()).toEqual([...original.keys()].toSorted());
    for (const done of [repo, hybrid]) removeTree(done);
  });

  it('has been killed in most of them', () => {
    expect(kills).toBeGreaterThan(ROUNDS / 3);
  });
});

function objectsOf(repo: string): readonly string[] {
  return readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.')).toSorted();
}

/** What each object's file holds, in short. */
function contentsOf(repo: string): ReadonlyMap<string, string> {
  return new Map(objectsOf(repo).map((path) => [path, describeFile(join(repo, 'objects', path))]));
}

function describeFile(path: string): string {
  const stats = lstatSync(path);
  const bytes = stats.isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
  return `${stats.mode} ${createHash('sha256').update(bytes).digest('hex')}`;
}

function damage(path: string, dice: number): void {
  const isFile = lstatSync(path).isFile();
  if (!isFile || dice < 0.11) return rmSync(path);
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  if (dice < 0.22) bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, dice < 0.22 ? bytes : bytes.subarray(0, middle));
}

function transplant(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { force: true });
  if (lstatSync(from).isSymbolicLink()) cpSync(from, to, { verbatimSymlinks: true });
  else succeedWords(['cp', '-a', from, to]);
}
