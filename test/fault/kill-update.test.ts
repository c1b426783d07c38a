import { readdirSync, readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, snapshotCheckout } from '../support/compare.ts';
import type { CheckoutSnapshot } from '../support/compare.ts';
import { evolvingTrees } from '../support/evolving-tree.ts';
import { busyTree, expectSound, seededRandom } from '../support/fault.ts';
import { coppice, ostree, run, start, succeed, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { dir, writeTree } from '../support/tree.ts';

/** COPPICE_FAULT_ROUNDS=200 is the full run; COPPICE_FAULT_SEED repeats one. */
const ROUNDS = Number(process.env['COPPICE_FAULT_ROUNDS'] ?? '30');
const SEED = Number(process.env['COPPICE_FAULT_SEED'] ?? Date.now() % 1_000_000);
const FILES = 400;
/** A round takes seconds: two reference trees are compared. */
const ROUNDS_PER_LANE = Math.max(3, Math.ceil(ROUNDS / 10));

/** Repository mode, flags of the checkout, and engine with threads. */
const LANES = [
  ['bare', ['-H'], ['--threads=2']],
  ['bare-user-only', ['-U', '-H'], ['--engine=wasm', '--threads=0']],
  ['bare-user', ['-U', '-C'], []],
  ['archive', ['-U'], ['--threads=0']],
  ['archive', ['-U', '--disable-cache'], ['--engine=js']],
] as const;

describeWith([needs.referee, needs.root, needs.native], `updates killed at random moments, ${ROUNDS_PER_LANE} rounds a lane (seed ${SEED})`, () => {
  const scratch = new Scratch('kill-update');
  const random = seededRandom(SEED);
  let midway = 0;
  const { before, after } = evolvingTrees({ privileged: false });
  const trees = {
    before: dir({ evolving: before, busy: busyTree(1, FILES, 1000) }),
    after: dir({ evolving: after, busy: busyTree(2, FILES, 2000), another: busyTree(3, FILES / 4, 1000) }),
    third: dir({ evolving: dir({ kinds: busyTree(4, 50, 1000) }), busy: busyTree(1, FILES / 2, 3000) }),
  };

  beforeAll(() => {
    for (const [name, tree] of Object.entries(trees)) writeTree(`${scratch.path}/${name}`, tree);
  });

  describe.each(LANES)('in mode %s, %j, %j', (mode, flags, words) => {
    const program = withWords(coppice, ...words);
    const repo = scratch.fresh(`repo-${mode}`);
    const wanted = new Map<string, CheckoutSnapshot>();
    let wholeMillis = 0;

    beforeAll(() => {
      succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
      for (const name of Object.keys(trees)) {
        succeed(ostree, ['commit', `--repo=${repo}`, '-b', name, '--timestamp=@1700000000', `${scratch.path}/${name}`]);
        const theirs = scratch.fresh('theirs');
        succeed(ostree, ['checkout', `--repo=${repo}`, ...flags, name, theirs]);
        wanted.set(name, snapshotCheckout(theirs, repo));
        removeTree(theirs);
      }
      const measured = checkedOut();
      const began = performance.now();
      succeed(program, ['checkout', `--repo=${repo}`, '--update', 'after', measured]);
      wholeMillis = performance.now() - began;
      removeTree(measured);
    });

    const checkedOut = (): string => {
      const destination = scratch.fresh('ours');
      succeed(program, ['checkout', `--repo=${repo}`, ...flags, 'before', destination]);
      return destination;
    };

    const killedUpdate = async (destination: string, to: string): Promise<void> => {
      const running = start([...program.words, 'checkout', `--repo=${repo}`, '--update', to, destination]);
      const timer = setTimeout(running.kill, wholeMillis * (0.3 + 0.8 * random()));
      await running.finished;
      clearTimeout(timer);
      if (isPending()) midway += 1;
    };

    /** Whether the newest record tells of an update that has begun and not ended. */
    const isPending = (): boolean => {
      const records = `${repo}/tmp/cache/coppice-checkouts`;
      const found = readdirSync(records).map((name) => ({ path: `${records}/${name}`, time: statSync(`${records}/${name}`).mtimeMs }));
      const newest = found.toSorted((a, b) => b.time - a.time)[0];
      return newest !== undefined && readFileSync(newest.path, 'utf8').includes('"pending"');
    };

    it.each(Array.from({ length: ROUNDS_PER_LANE }, (_, round) => [round] as const))('round %i: the next one does the rest', async (round) => {
      const ours = checkedOut();
      for (let kills = 0; kills < 1 + (round % 3); kills += 1) await killedUpdate(ours, 'after');
      const goal = ['after', 'third', 'before'][round % 3] ?? 'after';
      const completed = run(program, ['checkout', `--repo=${repo}`, '--update', goal, ours]);
      expect(completed).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const theirs = wanted.get(goal);
      if (theirs === undefined) throw new Error(`no snapshot of ${goal}`);
      expect(compareCheckouts(snapshotCheckout(ours, repo), theirs)).toEqual([]);
      removeTree(ours);
    });

    it('leaves the repository sound', () => {
      expectSound(repo);
    });
  });

  it('was killed between the first and the last change at least once', () => {
    expect(midway).toBeGreaterThan(0);
    process.stderr.write(`kill-update: ${midway} kills came midway\n`);
  });
});
