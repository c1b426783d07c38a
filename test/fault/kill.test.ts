import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { busyTree, expectNextCommit, expectOnlyStaging, expectSound, seededRandom } from '../support/fault.ts';
import { WRITABLE_MODES } from '../support/main-job.ts';
import type { WritableMode } from '../support/main-job.ts';
import { coppice, run, start, succeed, withWords } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

/** COPPICE_FAULT_ROUNDS=200 is the full run; COPPICE_FAULT_SEED repeats one. */
const ROUNDS = Number(process.env['COPPICE_FAULT_ROUNDS'] ?? '30');
const SEED = Number(process.env['COPPICE_FAULT_SEED'] ?? Date.now() % 1_000_000);
const FILES = 1500;
const NATIVE: readonly (readonly string[])[] = [[], ['--threads=0'], ['--threads=2']];
/** The engines and threads that the rounds take in turn. */
const LANES: Readonly<Record<WritableMode, readonly (readonly string[])[]>> = {
  bare: NATIVE,
  'bare-user': NATIVE,
  'bare-user-only': [...NATIVE, ['--engine=wasm']],
  archive: [...NATIVE, ['--engine=wasm', '--threads=2']],
};

describeWith([needs.referee, needs.root, needs.native], `kill -9 at ${ROUNDS} random moments (seed ${SEED})`, () => {
  const scratch = new Scratch('kill');
  const random = seededRandom(SEED);
  const small = join(scratch.path, 'small');

  beforeAll(() => {
    writeTree(small, busyTree(1, 50));
  });

  const roundsPerMode = Math.max(1, Math.ceil(ROUNDS / WRITABLE_MODES.length));

  describe.each(WRITABLE_MODES)('of a commit, in mode %s', (mode) => {
    const template = scratch.fresh(`template-${mode}`);
    let wholeMillis = 0;

    beforeAll(async () => {
      succeed(coppice, ['init', `--repo=${template}`, `--mode=${mode}`]);
      succeed(coppice, ['commit', `--repo=${template}`, '-b', 'before', small]);
      wholeMillis = await measure(template);
    });

    const measure = async (repo: string): Promise<number> => {
      const tree = scratch.fresh('measured');
      writeTree(tree, busyTree(99, FILES));
      const began = performance.now();
      await start([...coppice.words, 'commit', `--repo=${repo}`, '-b', 'measured', tree]).finished;
      removeTree(tree);
      return performance.now() - began;
    };

    it.each(Array.from({ length: roundsPerMode }, (_, round) => [round] as const))('round %i', async (round) => {
      const repo = copyOf(template, scratch);
      const tree = scratch.fresh('tree');
      writeTree(tree, busyTree(1000 + round, FILES));
      const program = withWords(coppice, ...(LANES[mode][round % LANES[mode].length] ?? []));
      const killed = await killDuringCommit(program, repo, tree, random() * wholeMillis * 1.1);
      expectSound(repo);
      expectOnlyStaging(repo);
      expectRefs(repo, killed);
      expectNextCommit(repo, tree, 'next');
      removeTree(repo);
      removeTree(tree);
    });
  });

  it('of a checkout leaves the repository as it was', async () => {
    const repo = scratch.fresh('repo');
    const tree = scratch.fresh('tree');
    writeTree(tree, busyTree(5, FILES));
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'main', tree]);
    for (let round = 0; round < Math.min(ROUNDS, 20); round += 1) {
      const destination = scratch.fresh('co');
      const running = start([...coppice.words, 'checkout', `--repo=${repo}`, ...(round % 2 === 0 ? ['-H'] : ['-C']), 'main', destination]);
      setTimeout(running.kill, random() * 400);
      await running.finished;
      removeTree(destination);
    }
    expectSound(repo);
    expectNextCommit(repo, small, 'next');
  });
});

function copyOf(template: string, scratch: Scratch): string {
  const repo = scratch.fresh('repo');
  succeed({ name: 'ostree', words: ['cp', '-a', template] }, [repo]);
  return repo;
}

/** True when the kill came before the end. */
async function killDuringCommit(program: Program, repo: string, tree: string, afterMillis: number): Promise<boolean> {
  const running = start([...program.words, 'commit', `--repo=${repo}`, '--no-xattrs', '-b', 'main', tree]);
  const timer = setTimeout(running.kill, afterMillis);
  const { signal } = await running.finished;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

/** Old refs stay; the new one is either absent or complete. */
function expectRefs(repo: string, killed: boolean): void {
  const refs = run(coppice, ['refs', `--repo=${repo}`]).stdout.split('\n').filter((line) => line !== '');
  expect(refs).toContain('before');
  if (!killed) expect(refs).toContain('main');
  expect(refs.filter((ref) => !['before', 'main', 'measured'].includes(ref))).toEqual([]);
}
