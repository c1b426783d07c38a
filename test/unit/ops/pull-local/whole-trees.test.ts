import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Checksum } from '../../../../src/base/checksum.ts';
import { CoppiceError } from '../../../../src/base/errors.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import { pullLocal } from '../../../../src/ops/pull-local/index.ts';
import type { PullLocalOptions, PullLocalOutcome } from '../../../../src/ops/pull-local/index.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { Repo } from '../../../../src/repo/repo.ts';
import { describeTree } from '../../../support/inodes.ts';
import { nastyTree } from '../../../support/nasty-tree.ts';
import { contextOf, loadNativeEngine } from '../../../support/native-engine.ts';
import { Scratch } from '../../../support/scratch.ts';
import { dir, file, writeTree } from '../../../support/tree.ts';
import { CraftedRepo } from '../crafted-repo.ts';

const scratch = new Scratch('unit-whole-trees');
const MODES = ['bare', 'bare-user', 'bare-user-only', 'archive'] as const;
type Mode = (typeof MODES)[number];

/** The engine, made to be asked for batch after batch. */
function stepwise({ importTree: _itself, ...rest }: Engine): Engine {
  return rest;
}

/** All that can be seen of the objects of a repository. */
function objects(repo: string): unknown[] {
  return describeTree(`${repo}/objects`)
    .filter(({ kind }) => kind !== 'dir')
    .map(({ path, kind, mode, uid, gid, size, links, target, digest, xattrs }) => ({ path, kind, mode, uid, gid, size, links, target, digest, xattrs }));
}

interface Result {
  readonly told: PullLocalOutcome | Pick<CoppiceError, 'code' | 'message' | 'facts'>;
  readonly objects: readonly unknown[];
}

/** Of several objects that a repository cannot keep, any may be the first that two threads meet. */
function withoutWords({ told, objects: left }: Result): unknown {
  return { told: 'code' in told ? told.code : told, objects: left };
}

function describeFailure(error: unknown): Result['told'] {
  if (!(error instanceof CoppiceError)) throw error;
  return { code: error.code, message: error.message, facts: error.facts };
}

const native = loadNativeEngine('whole imports of the native engine');

describe.skipIf(native === undefined)('a whole import by the engine', () => {
  const engine = native ?? jsEngine;

  /** Imports by the engine itself, then by batches, each into a fresh repository that goes again: links are counted. */
  async function twice(source: Repo, to: Mode, options: PullLocalOptions = {}): Promise<[Result, Result]> {
    const results: Result[] = [];
    for (const each of [engine, stepwise(engine)]) {
      const into = scratch.fresh('into');
      createRepo(into, { mode: to });
      const work = pullLocal(contextOf(into, each), source, { verifyBindings: false, ...options });
      results.push({ told: await work.catch(describeFailure), objects: objects(into) });
      rmSync(into, { recursive: true });
    }
    return results as [Result, Result]; // one for each engine
  }

  async function committed(mode: Mode, ...trees: readonly ReturnType<typeof dir>[]): Promise<Repo> {
    const path = scratch.fresh(mode);
    createRepo(path, { mode });
    for (const tree of trees) {
      const from = scratch.fresh('tree');
      writeTree(from, tree);
      await commitTree(contextOf(path, engine), [{ kind: 'directory', path: from }], { branch: 'm' });
    }
    return Repo.open(path, engine);
  }

  for (const from of MODES) {
    it(`gives what batch after batch gives, from ${from}`, async () => {
      const source = await committed(from, nastyTree({ sparseBytes: 1_500_000, crowd: 300 }));
      for (const to of MODES) {
        const [whole, stepped] = (await twice(source, to, { untrusted: from === 'bare-user' })).map(withoutWords);
        expect(whole, to).toEqual(stepped);
      }
    });
  }

  it('takes what two commits share once, and counts it once', async () => {
    const first = { same: file('same'), d: dir({ x: file('x') }) };
    const source = await committed('archive', dir(first), dir({ ...first, e: dir({ y: file('y'), again: file('same') }) }));
    const [whole, stepped] = await twice(source, 'archive', { depth: -1 });
    expect(whole).toEqual(stepped);
    expect(whole.told).toMatchObject({ contentImported: 3, contentLinked: 3 });
  });

  type Damage = (crafted: CraftedRepo) => { readonly tree: Checksum; readonly broken?: readonly [Checksum, 'cut' | 'gone', 'dirtree' | 'dirmeta' | 'file'] };
  const damages: Record<string, Damage> = {
    'names out of order': (crafted) => ({ tree: crafted.tree([['b', crafted.file('b')], ['a', crafted.file('a')]]) }),
    'a name that leaves': (crafted) => ({ tree: crafted.tree([['..', crafted.file('b')]]) }),
    'no dirtree at all': (crafted) => ({ tree: crafted.tree([], [['d', crafted.put(OBJECT_TYPE.dirtree, Buffer.from('nonsense'))]]) }),
    'a dirtree cut short': (crafted) => {
      const inner = crafted.tree([['a', crafted.file('b')]]);
      return { tree: crafted.tree([], [['d', inner]]), broken: [inner, 'cut', 'dirtree'] };
    },
    'a dirtree that is gone': (crafted) => {
      const inner = crafted.tree([['a', crafted.file('b')]]);
      return { tree: crafted.tree([], [['d', inner]]), broken: [inner, 'gone', 'dirtree'] };
    },
    'a dirmeta that is gone': (crafted) => ({ tree: crafted.tree([]), broken: [crafted.meta, 'gone', 'dirmeta'] }),
    'a file cut short': (crafted) => {
      const inner = crafted.file('b');
      return { tree: crafted.tree([['f', inner]]), broken: [inner, 'cut', 'file'] };
    },
    'a file that is gone': (crafted) => {
      const inner = crafted.file('b');
      return { tree: crafted.tree([['f', inner]]), broken: [inner, 'gone', 'file'] };
    },
  };

  it.each(Object.entries(damages))('refuses %s in the same words', async (_name, damage) => {
    const crafted = new CraftedRepo(scratch.fresh('damaged'), engine);
    const { tree, broken } = damage(crafted);
    crafted.commit(tree, { ref: 'm' });
    if (broken !== undefined) {
      const object = crafted.pathOf(OBJECT_TYPE[broken[2]], broken[0]);
      if (broken[1] === 'cut') truncateSync(object, 10);
      else rmSync(object);
    }
    const [whole, stepped] = await twice(crafted.repo, 'bare-user-only');
    expect(whole).toEqual(stepped);
    expect(whole).toMatchObject({ told: { message: expect.stringMatching(/[0-9a-f]{62}/) as string }, objects: [] });
  });

  it('stops between two steps when it is cancelled', async () => {
    const source = await committed('bare-user-only', nastyTree({ sparseBytes: 0, crowd: 600 }));
    const into = scratch.fresh('cancelled');
    createRepo(into, { mode: 'archive' });
    const controller = new AbortController();
    const context = { ...contextOf(into, engine), signal: controller.signal, progress: () => controller.abort() };
    const failure = await pullLocal(context, source, { verifyBindings: false }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(`${into}/objects`)).toEqual([]);
  });
});
