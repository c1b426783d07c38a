import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECKSUM_BYTES, checksumFromBytes, parseChecksum } from '../../../../src/base/checksum.ts';
import type { Checksum } from '../../../../src/base/checksum.ts';
import { AMPLE_MEMORY } from '../../../../src/base/memory-budget.ts';
import type { MemoryBudget } from '../../../../src/base/memory-budget.ts';
import { S_IFREG } from '../../../../src/base/unix-mode.ts';
import { VERIFY } from '../../../../src/engine/engine.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import { fsck, fsckFailure, objectName, problemWords } from '../../../../src/ops/fsck/index.ts';
import type { FsckEvent, FsckOptions, FsckOutcome } from '../../../../src/ops/fsck/index.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import { partialReason } from '../../../../src/repo/commit-state.ts';
import { Scratch } from '../../../support/scratch.ts';
import { CraftedRepo } from '../crafted-repo.ts';

const scratch = new Scratch('unit-fsck');
const NOBODY = parseChecksum('1'.repeat(64));

async function check({ repo }: CraftedRepo, options: FsckOptions = {}, budget = AMPLE_MEMORY): Promise<FsckOutcome> {
  const { engine } = repo;
  return fsck({ repo, engine, pool: new InlinePool({ engine }, { budget }) }, options);
}

const namesOf = (outcome: FsckOutcome): string[] => outcome.problems.map(({ problem }) => `${problem.kind} ${objectName(problem)}`);

/** Counts the files verified, the dirtrees read and the metadata digests made beside. */
function countingEngine(): { readonly engine: Engine; readonly files: string[]; readonly dirtrees: string[]; readonly digests: number[] } {
  const [files, dirtrees, digests]: [string[], string[], number[]] = [[], [], []];
  const namesIn = (checksums: Uint8Array): string[] =>
    Array.from({ length: checksums.length / CHECKSUM_BYTES }, (_, index) => checksumFromBytes(checksums, index * CHECKSUM_BYTES));
  const engine: Engine = {
    ...jsEngine,
    verify: (batch) => {
      files.push(...namesIn(batch.checksums));
      return jsEngine.verify(batch);
    },
    readMetadata: (batch) => {
      dirtrees.push(...namesIn(batch.checksums));
      return jsEngine.readMetadata(batch);
    },
    digest: (algorithm, ...parts) => {
      digests.push(parts.length);
      return jsEngine.digest(algorithm, ...parts);
    },
  };
  return { engine, files, dirtrees, digests };
}

describe('fsck', () => {
  it('hashes every reachable object once, however many trees and commits share it', async () => {
    const counting = countingEngine();
    const crafted = new CraftedRepo(scratch.fresh('shared'), counting.engine);
    const [one, two] = [crafted.file('one'), crafted.file('two')];
    const leaf = crafted.tree([['a', one], ['b', one], ['c', two]]);
    const left = crafted.tree([['x', two]], [['l', leaf], ['m', leaf]]);
    const first = crafted.commit(left, { ref: 'main' });
    const root = crafted.tree([], [['deep', left]]);
    crafted.commit(root, { ref: 'other', parent: first });
    counting.digests.length = 0;
    const outcome = await check(crafted);
    expect(fsckFailure(outcome)).toBeUndefined();
    expect(counting.files.toSorted()).toEqual([one, two].toSorted());
    expect(counting.dirtrees.toSorted()).toEqual([leaf, left, root].toSorted());
    // 2 commits, 1 dirmeta
    expect(counting.digests).toHaveLength(3);
    expect(outcome).toMatchObject({ commits: 2, objects: 8, problems: [] });
  });

  it('finds in several parts what it finds in one, and enters nothing broken in any', async () => {
    const found = async (budget: MemoryBudget): Promise<unknown> => {
      const counting = countingEngine();
      const crafted = new CraftedRepo(scratch.fresh('parts'), counting.engine);
      const files = Array.from({ length: 300 }, (_, n): [string, Checksum] => [`f${String(n).padStart(3, '0')}`, crafted.file(`content ${n}`)]);
      const sound = crafted.tree(files.slice(0, 200));
      const hidden = crafted.file('hidden');
      const broken = crafted.tree([['b', hidden], ['a', hidden]]);
      const partly = crafted.tree(files.slice(150), [['broken', broken], ['gone', NOBODY], ['sound', sound]]);
      crafted.commit(crafted.tree([['lost', NOBODY]], [['one', partly], ['two', sound]]), { ref: 'main' });
      const outcome = await check(crafted, { all: true }, budget);
      expect(namesOf(outcome).toSorted()).toEqual([`corrupt ${broken}.dirtree`, `missing ${NOBODY}.dirtree`, `missing ${NOBODY}.file`].toSorted());
      expect(counting.files).not.toContain(hidden);
      return { files: counting.files.toSorted(), objects: outcome.objects, bytesRead: outcome.bytesRead };
    };
    expect(await found({ ...AMPLE_MEMORY, halfChecksums: 40 })).toEqual(await found(AMPLE_MEMORY));
  });

  it('looks in each part by itself at what the engine could not read', async () => {
    const counting = countingEngine();
    const readMetadata: Engine['readMetadata'] = (batch) => {
      const count = batch.checksums.length / CHECKSUM_BYTES;
      if (batch.objectType !== OBJECT_TYPE.dirtree) return counting.engine.readMetadata(batch);
      return { outcomes: new Uint8Array(count).fill(VERIFY.failed), bytes: new Uint8Array(0), ends: new Uint32Array(count), failures: [] };
    };
    const crafted = new CraftedRepo(scratch.fresh('unread'), { ...counting.engine, readMetadata });
    const files = Array.from({ length: 200 }, (_, n): [string, Checksum] => [`f${String(n).padStart(3, '0')}`, crafted.file(`content ${n}`)]);
    crafted.commit(crafted.tree([], [['all', crafted.tree(files)]]), { ref: 'main' });
    const outcome = await check(crafted, { all: true }, { ...AMPLE_MEMORY, halfChecksums: 40 });
    expect(outcome.problems).toEqual([]);
    expect(counting.files.toSorted()).toEqual(files.map(([, checksum]) => checksum).toSorted());
  });

  describe('structure', () => {
    type Build = (crafted: CraftedRepo, file: Checksum) => Checksum;
    const broken: readonly { readonly title: string; readonly build: Build; readonly words: RegExp }[] = [
      { title: 'a file called ..', build: (crafted, file) => crafted.tree([['..', file]]), words: /'\.\.' leaves/ },
      { title: 'a file called .', build: (crafted, file) => crafted.tree([['.', file]]), words: /'\.'/ },
      { title: 'a slash in a name', build: (crafted, file) => crafted.tree([['a/b', file]]), words: /slash/ },
      { title: 'an empty name', build: (crafted, file) => crafted.tree([['', file]]), words: /empty/ },
      { title: 'unsorted files', build: (crafted, file) => crafted.tree([['b', file], ['a', file]]), words: /not sorted/ },
      { title: 'a name twice', build: (crafted, file) => crafted.tree([['a', file], ['a', file]]), words: /repeated/ },
      { title: 'a directory called ..', build: (crafted) => crafted.tree([], [['..', crafted.tree([])]]), words: /leaves/ },
      { title: 'unsorted directories', build: (crafted) => crafted.tree([], [['b', crafted.tree([])], ['a', crafted.tree([])]]), words: /not sorted/ },
      { title: 'a name that is file and directory', build: (crafted, file) => crafted.tree([['a', file]], [['a', crafted.tree([])]]), words: /both/ },
    ];
    it.each(broken)('$title is corruption, though the hash is right', async ({ build, words }) => {
      const crafted = new CraftedRepo(scratch.fresh('structure'));
      const tree = build(crafted, crafted.file('x'));
      const commit = crafted.commit(tree, { ref: 'main' });
      const found: FsckEvent[] = [];
      const outcome = await check(crafted, { all: true, report: (event) => found.push(event) });
      expect(namesOf(outcome)).toEqual([`corrupt ${tree}.dirtree`]);
      expect(outcome.problems[0]).toMatchObject({ commits: [commit], problem: { reason: expect.stringMatching(words) } });
      expect(found.some(({ kind }) => kind === 'problem')).toBe(true);
      await expect(check(crafted)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT', facts: { checksum: tree, objectType: 'dirtree' } });
    });

    it('a dirmeta of a file is corruption', async () => {
      const crafted = new CraftedRepo(scratch.fresh('dirmeta'));
      const rootMeta = crafted.dirmeta(S_IFREG | 0o644);
      crafted.commit(crafted.tree([]), { ref: 'main', rootMeta });
      expect(namesOf(await check(crafted, { all: true }))).toEqual([`corrupt ${rootMeta}.dirmeta`]);
    });
  });

  it('goes on after missing objects, names the commits that need them oldest first, and marks those', async () => {
    const crafted = new CraftedRepo(scratch.fresh('missing'));
    const shared = crafted.tree([['gone', NOBODY]]);
    const old = crafted.commit(crafted.tree([], [['d', shared]]), { timestampSeconds: 1n });
    const young = crafted.commit(crafted.tree([], [['e', shared]]), { timestampSeconds: 2n, ref: 'main' });
    const whole = crafted.commit(crafted.tree([['here', crafted.file('x')]]), { timestampSeconds: 3n });
    const outcome = await check(crafted);
    expect(outcome.problems).toMatchObject([{ problem: { kind: 'missing', checksum: NOBODY, type: OBJECT_TYPE.file }, commits: [old, young] }]);
    expect(outcome.markedPartial).toEqual([old, young]);
    expect([old, young, whole].map((commit) => partialReason(crafted.repo, commit))).toEqual(['fsck', 'fsck', undefined]);
    expect(await check(crafted)).toMatchObject({ commits: 1, partialCommits: 2, partialByFsck: 2, problems: [] });
  });

  it('ends at a missing dirtree unless it collects', async () => {
    const crafted = new CraftedRepo(scratch.fresh('no-tree'));
    const commit = crafted.commit(crafted.tree([], [['d', NOBODY]]), { ref: 'main' });
    await expect(check(crafted)).rejects.toMatchObject({ code: 'OBJECT_MISSING', facts: { checksum: NOBODY } });
    expect(await check(crafted, { all: true })).toMatchObject({ markedPartial: [commit] });
  });

  it('deletes corrupt objects only when told to, and marks their commits then', async () => {
    const crafted = new CraftedRepo(scratch.fresh('delete'));
    const file = crafted.file('sound');
    const commit = crafted.commit(crafted.tree([['f', file]]), { ref: 'main' });
    const path = crafted.pathOf(OBJECT_TYPE.file, file);
    writeFileSync(path, 'junk, and long enough to be a header');
    expect(await check(crafted, { all: true })).toMatchObject({ deletedObjects: 0, markedPartial: [] });
    expect(existsSync(path)).toBe(true);
    expect(await check(crafted, { delete: true })).toMatchObject({ deletedObjects: 1, markedPartial: [commit] });
    expect(existsSync(path)).toBe(false);
  });

  it('tells apart objects of two types with one checksum', async () => {
    const crafted = new CraftedRepo(scratch.fresh('two-types'));
    const tree = crafted.tree([]);
    crafted.commit(crafted.tree([['looks-like-a-tree', tree]], [['tree', tree]]), { ref: 'main' });
    expect(namesOf(await check(crafted))).toEqual([`missing ${tree}.file`]);
  });

  it('looks into parent repositories', async () => {
    const parent = new CraftedRepo(scratch.fresh('parent'));
    const tree = parent.tree([['f', parent.file('x')]]);
    const child = new CraftedRepo(scratch.fresh('child'));
    child.commit(tree, { ref: 'main' });
    expect((await check(child, { all: true })).problems).toHaveLength(1);
    rmSync(`${child.repo.path}/state`, { recursive: true });
    writeFileSync(`${child.repo.path}/config`, `[core]\nrepo_version=1\nmode=archive-z2\nparent=${parent.repo.path}\n`);
    const { Repo } = await import('../../../../src/repo/repo.ts');
    const repo = Repo.open(child.repo.path, jsEngine);
    expect(await fsck({ repo, engine: jsEngine, pool: new InlinePool({ engine: jsEngine }) })).toMatchObject({ problems: [], objects: 4 });
  });

  it('stops when the signal says so', async () => {
    const crafted = new CraftedRepo(scratch.fresh('abort'));
    crafted.commit(crafted.tree([]), { ref: 'main' });
    const context = { repo: crafted.repo, engine: jsEngine, pool: new InlinePool({ engine: jsEngine }), signal: AbortSignal.abort() };
    await expect(fsck(context)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('problemWords', () => {
  const checksum = NOBODY;
  it.each([
    [{ checksum, type: OBJECT_TYPE.file, kind: 'missing' } as const, [], `Object missing: ${checksum}.file`],
    [{ checksum, type: OBJECT_TYPE.dirmeta, kind: 'missing' } as const, [checksum, checksum], `Object missing in commits ${checksum}, ${checksum}: ${checksum}.dirmeta`],
    [
      { checksum, type: OBJECT_TYPE.file, kind: 'corrupt', actual: checksum } as const,
      [],
      `fsck content object ${checksum}: Corrupted file object; checksum expected='${checksum}' actual='${checksum}'`,
    ],
    [{ checksum, type: OBJECT_TYPE.dirtree, kind: 'corrupt', reason: 'why' } as const, [checksum], `In commits ${checksum}: fsck ${checksum}.dirtree: ${checksum}.dirtree: why`],
  ])('%#', (problem, commits, words) => {
    expect(problemWords(problem, commits)).toBe(words);
  });
});

describe('fsck that repairs', () => {
  const sourceOf = ({ repo }: CraftedRepo): FsckOptions => ({ repairFrom: [{ kind: 'repository', path: repo.path, repo }] });
  function twins(build: (crafted: CraftedRepo) => Checksum): readonly [CraftedRepo, CraftedRepo] {
    const pair = [new CraftedRepo(scratch.fresh('damaged')), new CraftedRepo(scratch.fresh('source'))] as const;
    for (const crafted of pair) crafted.commit(build(crafted), { ref: 'main' });
    return pair;
  }

  it('enters at once what it has repaired, however deep', async () => {
    const [damaged, source] = twins((crafted) => {
      let tree = crafted.tree([['f', crafted.file('x')]]);
      for (let depth = 0; depth < 20; depth++) tree = crafted.tree([], [['d', tree]]);
      return tree;
    });
    rmSync(`${damaged.repo.path}/objects`, { recursive: true });
    mkdirSync(`${damaged.repo.path}/objects`);
    const outcome = await check(damaged, sourceOf(source));
    expect(outcome).toMatchObject({ problems: [], commits: 1, objects: 24 });
    expect(outcome.repaired).toHaveLength(24);
    expect(namesOf(await check(damaged, { all: true }))).toEqual([]);
  });

  it('takes no object that has the right hash and is none', async () => {
    const [damaged, source] = twins((crafted) => crafted.put(OBJECT_TYPE.dirtree, Buffer.from('no dirtree at all')));
    const events: FsckEvent[] = [];
    const outcome = await check(damaged, { ...sourceOf(source), report: (event) => events.push(event) });
    expect(namesOf(outcome)).toHaveLength(1);
    expect(outcome.repaired).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'repaired')).toEqual([]);
  });
});
