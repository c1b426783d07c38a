import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, compareRepositories, snapshotCheckout, strayFiles } from '../support/compare.ts';
import type { CheckoutSnapshot } from '../support/compare.ts';
import { nastyTree } from '../support/nasty-tree.ts';
import { coppice, ostree, run, succeed, withWords } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, hasEngine, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

const ENGINES = ['js', 'wasm', 'native'] as const;
const THREADS = [0, 1, 2, 8] as const;
/** What every engine can write; bare-user needs xattrs, which only the native engine has. */
const MODES = ['bare', 'bare-user-only', 'archive'] as const;
/** The engines without record locks never make the lock file. */
const NO_RECORD_LOCK = '".lock": missing in ours';

describeWith([needs.referee, needs.root], 'every engine with any number of threads', () => {
  const scratch = new Scratch('engines');
  const source = join(scratch.path, 'source');

  beforeAll(() => {
    writeTree(source, nastyTree({ xattrs: false, sparseBytes: 5_000_000, crowd: 3000 }));
  });

  const commitTo = (program: Program, repo: string, mode: string): string => {
    succeed(program, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    return succeed(program, ['commit', `--repo=${repo}`, '-b', 'main', '--timestamp=@1', '--no-xattrs', '--table-output', source]);
  };

  describe.each(MODES)('in %s', (mode) => {
    const reference = scratch.fresh(`reference-${mode}`);
    let answer = '';
    let expected: CheckoutSnapshot;
    beforeAll(() => {
      answer = commitTo(ostree, reference, mode);
      expected = checkoutWith(ostree);
    });

    const lanes = ENGINES.filter((engine) => hasEngine(engine)).flatMap((engine) => THREADS.map((threads) => [engine, threads] as const));
    it.each(lanes)('%s with %i threads writes the repository that ostree writes, to the byte', (engine, threads) => {
      const repo = scratch.fresh(`${engine}-${threads}`);
      expect(commitTo(withWords(coppice, `--engine=${engine}`, `--threads=${threads}`), repo, mode)).toBe(answer);
      expect(compareRepositories(repo, reference).filter((line) => line !== NO_RECORD_LOCK)).toEqual([]);
      expect(strayFiles(repo)).toEqual([]);
      removeTree(repo);
    });

    it.each(lanes)('%s with %i threads checks out the same tree', (engine, threads) => {
      const program = withWords(coppice, `--engine=${engine}`, `--threads=${threads}`);
      expect(compareCheckouts(checkoutWith(program), expected)).toEqual([]);
    });

    const checkoutWith = (program: Program): CheckoutSnapshot => {
      const destination = scratch.fresh('co');
      succeed(program, ['checkout', `--repo=${reference}`, ...(mode === 'bare-user-only' ? ['-H'] : []), 'main', destination]);
      const snapshot = snapshotCheckout(destination, reference);
      removeTree(destination);
      return snapshot;
    };
  });

  describe.each(['js', 'wasm'] as const)('%s says what it cannot do', (engine) => {
    const program = withWords(coppice, `--engine=${engine}`);

    it.each([
      ['to read xattrs', 'archive', [], /--no-xattrs|--engine=native|native engine/],
      ['to write a bare-user repository', 'bare-user', ['--no-xattrs'], /bare-user|native engine/],
    ] as const)('%s', (_, mode, flags, hint) => {
      const repo = scratch.fresh('repo');
      succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
      const result = run(program, ['commit', `--repo=${repo}`, '-b', 'main', ...flags, source]);
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(/^error: /m);
      expect(result.stderr).toMatch(hint);
      expect(run(ostree, ['refs', `--repo=${repo}`]).stdout).toBe('');
      expect(strayFiles(repo)).toEqual([]);
    });

    it('and says once that it cannot exclude a foreign ostree', () => {
      const repo = scratch.fresh('repo');
      succeed(ostree, ['init', `--repo=${repo}`, '--mode=archive']);
      const { stderr } = run(program, ['commit', `--repo=${repo}`, '-b', 'main', '--no-xattrs', source]);
      expect(stderr.split('\n').filter((line) => /lock/.test(line))).toHaveLength(1);
    });
  });
});
