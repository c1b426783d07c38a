import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, snapshotCheckout, strayFiles } from '../support/compare.ts';
import { busyTree, expectSound } from '../support/fault.ts';
import { WRITABLE_MODES } from '../support/main-job.ts';
import { coppice, ostree, run, start, succeed, withWords } from '../support/program.ts';
import type { Finished, Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

const TREES = 9;

describeWith([needs.referee, needs.root, needs.native], 'many writers at once', () => {
  const scratch = new Scratch('concurrency');
  const treeOf = (index: number): string => join(scratch.path, `tree-${index}`);

  beforeAll(() => {
    // Pairs of equal trees, so that the same objects are written by several at the same moment.
    for (let index = 0; index < TREES; index += 1) writeTree(treeOf(index), busyTree(1 + Math.floor(index / 2), 600));
  });

  const newRepo = (mode: string): string => {
    const repo = scratch.fresh(`repo-${mode}`);
    succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    appendFileSync(join(repo, 'config'), 'lock-timeout-secs=300\n');
    succeed(ostree, ['commit', `--repo=${repo}`, '-b', 'old', treeOf(0)]);
    succeed(ostree, ['commit', `--repo=${repo}`, '-b', 'old', '--parent=none', treeOf(2)]);
    return repo;
  };

  const commitAtOnce = (program: Program, repo: string, branch: string, index: number): Promise<Finished> =>
    start([...program.words, 'commit', `--repo=${repo}`, '-b', branch, '--no-xattrs', '--timestamp=@1', treeOf(index)]).finished;

  const expectLanded = (finished: readonly Finished[]): void => {
    for (const { status, stderr } of finished) expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('error') as string });
  };

  const expectReadable = (repo: string, branch: string, index: number): void => {
    const [ours, again] = [scratch.fresh('co'), scratch.fresh('again')];
    succeed(coppice, ['checkout', `--repo=${repo}`, '-U', '-C', branch, ours]);
    const fresh = newRepo('bare-user-only');
    succeed(ostree, ['commit', `--repo=${fresh}`, '-b', 'x', treeOf(index)]);
    succeed(ostree, ['checkout', `--repo=${fresh}`, '-U', '-C', 'x', again]);
    expect(compareCheckouts(snapshotCheckout(ours), snapshotCheckout(again))).toEqual([]);
    for (const path of [ours, again, fresh]) removeTree(path);
  };

  it.each(WRITABLE_MODES)('seven coppice commits, two ostree commits and an ostree prune all land, in %s', async (mode) => {
    const repo = newRepo(mode);
    const commits = Array.from({ length: 9 }, (_, index) => commitAtOnce(index < 7 ? coppice : ostree, repo, `branch-${index}`, index));
    const prune = start([...ostree.words, 'prune', `--repo=${repo}`, '--refs-only']).finished;
    expectLanded(await Promise.all([...commits, prune]));
    expectSound(repo);
    expect(strayFiles(repo)).toEqual([]);
    for (const index of [0, 6, 8]) expectReadable(repo, `branch-${index}`, index);
  });

  it('prune after prune finds nothing that a commit still needed', async () => {
    const repo = newRepo('bare-user-only');
    const commits = Array.from({ length: 4 }, (_, index) => commitAtOnce(coppice, repo, `branch-${index}`, index));
    const prunes = Array.from({ length: 4 }, (_, index) => delayed(index * 150, () => start([...ostree.words, 'prune', `--repo=${repo}`, '--refs-only']).finished));
    expectLanded(await Promise.all([...commits, ...prunes]));
    expectSound(repo);
  });

  const mixes: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['native and wasm', ['--engine=native'], ['--engine=wasm']],
    ['native and js', ['--engine=native'], ['--engine=js']],
    ['wasm and wasm', ['--engine=wasm'], ['--engine=wasm']],
    ['wasm without threads and native with eight', ['--engine=wasm', '--threads=0'], ['--engine=native', '--threads=8']],
  ];

  describe.each(['bare-user-only', 'archive'])('in %s', (mode) => {
    it.each(mixes)('%s commit the same tree at once', async (_, first, second) => {
      const repo = newRepo(mode);
      const finished = await Promise.all([commitAtOnce(withWords(coppice, ...first), repo, 'first', 4), commitAtOnce(withWords(coppice, ...second), repo, 'second', 4)]);
      expectLanded(finished);
      expectSound(repo);
      expect(strayFiles(repo)).toEqual([]);
    });
  });

  it('two commits to one branch: the ref is one of the two', async () => {
    const repo = newRepo('bare-user');
    const finished = await Promise.all([commitAtOnce(coppice, repo, 'same', 2), commitAtOnce(coppice, repo, 'same', 4)]);
    expectLanded(finished);
    expect(finished.map(({ stdout }) => stdout.trim())).toContain(succeed(ostree, ['rev-parse', `--repo=${repo}`, 'same']));
    expectSound(repo);
  });

  it('a commit waits for the exclusive lock of another process and says nothing wrong', async () => {
    const repo = newRepo('bare-user-only');
    const holder = start(['python3', '-c', LOCK_FOR_TWO_SECONDS, join(repo, '.lock')]);
    await delayed(500, () => Promise.resolve());
    const began = performance.now();
    const result = await commitAtOnce(coppice, repo, 'waited', 1);
    await holder.finished;
    expectLanded([result]);
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  it('gives up after lock-timeout-secs with a clear error', () => {
    const repo = newRepo('bare-user-only');
    appendFileSync(join(repo, 'config'), 'lock-timeout-secs=1\n');
    const holder = start(['python3', '-c', LOCK_FOR_TWO_SECONDS.replace('2.5', '6'), join(repo, '.lock')]);
    run({ name: 'ostree', words: ['sleep', '0.5'] }, []);
    const result = run(coppice, ['commit', `--repo=${repo}`, '-b', 'late', treeOf(1)]);
    holder.kill();
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/^error: .*lock/im);
    expectSound(repo);
  });
});

/** An OFD lock as libostree takes it: F_OFD_SETLKW (38), a write lock on the whole file. */
const LOCK_FOR_TWO_SECONDS = `
import fcntl, os, struct, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o660)
fcntl.fcntl(fd, 38, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))
time.sleep(2.5)
`;

async function delayed<T>(millis: number, then: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, millis));
  return then();
}
