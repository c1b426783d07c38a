import { readdirSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { busyTree, expectSound, seededRandom } from '../support/fault.ts';
import { coppice, ostree, run, start, succeed, succeedWords, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

const ROUNDS = Math.ceil(Number(process.env['COPPICE_FAULT_ROUNDS'] ?? '30') / 3);
const SEED = Number(process.env['COPPICE_FAULT_SEED'] ?? Date.now() % 1_000_000);
/** strace counts the calls of each thread; the main thread does its share of every batch. */
const LANES: readonly { readonly words: readonly string[]; readonly threads: number }[] = [
  { words: ['--threads=2'], threads: 2 },
  { words: ['--engine=js'], threads: 1 },
  { words: ['--threads=0'], threads: 1 },
];

describeWith([needs.referee, needs.native, needs.strace], `kill -9 of prune before ${ROUNDS} random deletions (seed ${SEED})`, () => {
  const scratch = new Scratch('prune-kill');
  const random = seededRandom(SEED);
  const template = scratch.fresh('template');
  let doomed = 0;
  let finished: string[] = [];

  const copy = (): string => {
    const repo = scratch.fresh('repo');
    succeedWords(['cp', '-a', template, repo]);
    return repo;
  };
  const objectsOf = (repo: string): string[] => readdirSync(`${repo}/objects`, { recursive: true }).map(String).toSorted();

  beforeAll(() => {
    succeed(coppice, ['init', `--repo=${template}`, '--mode=archive']);
    for (let index = 0; index < 8; index++) {
      const tree = scratch.fresh('tree');
      writeTree(tree, busyTree(index, 300, 1000));
      succeed(coppice, ['commit', `--repo=${template}`, '-b', `branch-${index % 2}`, tree]);
      removeTree(tree);
    }
    const repo = copy();
    const before = objectsOf(repo).length;
    succeed(coppice, ['prune', `--repo=${repo}`, '--refs-only', '--depth=0']);
    finished = objectsOf(repo);
    doomed = before - finished.length;
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => [round] as const))('round %i', async (round) => {
    const repo = copy();
    const lane = LANES[round % LANES.length] ?? { words: [], threads: 1 };
    const { words } = withWords(coppice, ...lane.words);
    const which = 1 + Math.floor((random() * doomed) / lane.threads);
    const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=unlink,unlinkat', '-e', `inject=unlink,unlinkat:signal=SIGKILL:when=${which}`];
    const killed = await start([...inject, ...words, 'prune', `--repo=${repo}`, '--refs-only', '--depth=0']).finished;
    expect(killed.signal ?? killed.status).not.toBe(0);
    expect(objectsOf(repo).length).toBeGreaterThan(finished.length);
    expectSound(repo);
    // no commit is left whose tree has lost something: all of them are verified, not those of refs alone
    expect(run(ostree, ['fsck', `--repo=${repo}`, '--quiet', '--all']).status).toBe(0);
    expect(run(ostree, ['prune', `--repo=${repo}`, '--no-prune']).status).toBe(0);
    succeed(coppice, ['prune', `--repo=${repo}`, '--refs-only', '--depth=0']);
    expect(objectsOf(repo)).toEqual(finished);
    removeTree(repo);
  });

  it('commits that run beside it are whole afterwards', async () => {
    const repo = copy();
    const writers = Array.from({ length: 3 }, async (_, writer) => {
      const tree = scratch.fresh('tree');
      // what was doomed is taken up again: the trees of old commits
      writeTree(tree, busyTree(writer, 300, 1000));
      return start([...coppice.words, 'commit', `--repo=${repo}`, '-b', `new-${writer}`, tree]).finished;
    });
    const prunes = Array.from({ length: 3 }, async () => start([...coppice.words, 'prune', `--repo=${repo}`, '--refs-only', '--depth=0']).finished);
    for (const result of await Promise.all([...writers, ...prunes])) expect(result).toMatchObject({ status: 0, stderr: '' });
    expectSound(repo);
    expect(run(coppice, ['refs', `--repo=${repo}`]).stdout).toContain('new-2');
  });
});
