import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Checksum } from '../../../../src/base/checksum.ts';
import { CoppiceError } from '../../../../src/base/errors.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import { checkoutTree } from '../../../../src/ops/checkout/index.ts';
import type { CheckoutOptions, CheckoutOutcome } from '../../../../src/ops/checkout/index.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { objectPath } from '../../../../src/repo/object-reader.ts';
import { describeTree } from '../../../support/inodes.ts';
import { nastyTree } from '../../../support/nasty-tree.ts';
import { contextOf, loadNativeEngine } from '../../../support/native-engine.ts';
import { Scratch } from '../../../support/scratch.ts';
import { dir, file, writeTree } from '../../../support/tree.ts';
import { CraftedRepo } from '../crafted-repo.ts';

const scratch = new Scratch('unit-checkout-tree');

/** The engine, made to be asked for directory after directory. */
function stepwise({ placeTree: _itself, ...rest }: Engine): Engine {
  return rest;
}

/** All that can be seen of a checkout; times only where they are set. */
function seen(path: string): unknown[] {
  return describeTree(path).map(({ path: name, kind, mode, uid, gid, size, links, target, digest, xattrs, mtimeNanos }) => {
    const mtime = mtimeNanos === '0' ? 0 : 'now';
    return { name, kind, mode, uid, gid, size: kind === 'dir' ? 0 : size, links, target, digest, xattrs, mtime };
  });
}

async function failureOf(work: Promise<CheckoutOutcome>): Promise<CoppiceError> {
  return work.then(() => expect.fail('it did not fail'), (error: unknown) => {
    if (error instanceof CoppiceError) return error;
    throw error;
  });
}

const native = loadNativeEngine('whole checkouts of the native engine');

describe.skipIf(native === undefined)('a whole checkout by the engine', () => {
  const engine = native ?? jsEngine;

  async function twice(repo: string, commit: Checksum, prepare: (path: string) => void, options: CheckoutOptions): Promise<[unknown, unknown]> {
    const results: unknown[] = [];
    for (const each of [engine, stepwise(engine)]) {
      const destination = scratch.fresh('checkout');
      prepare(destination);
      const work = checkoutTree(contextOf(repo, each), { commit, destination }, options);
      // what a failed checkout has done before it failed depends on the order of the work
      const result = work.then((outcome) => ({ outcome, tree: seen(destination) }));
      results.push(await result.catch((error: unknown) => String(error).replaceAll(destination, 'DESTINATION')));
      rmSync(destination, { recursive: true, force: true });
    }
    return [results[0], results[1]];
  }

  async function committed(mode: 'bare' | 'bare-user' | 'bare-user-only' | 'archive'): Promise<{ repo: string; commit: Checksum }> {
    const [source, repo] = [scratch.fresh('source'), scratch.fresh(mode)];
    writeTree(source, nastyTree({ sparseBytes: 1_000_000, crowd: 600 }));
    createRepo(repo, { mode });
    const outcome = await commitTree(contextOf(repo, engine), [{ kind: 'directory', path: source }], { branch: 'm' });
    return { repo, commit: outcome.checksum };
  }

  for (const mode of ['bare', 'bare-user', 'bare-user-only', 'archive'] as const) {
    it(`gives what directory after directory gives, from ${mode}`, async () => {
      const { repo, commit } = await committed(mode);
      for (const options of [{}, { userMode: true, disableCache: true }, { forceCopy: true, userMode: true }, { subpath: '/deep', bareUserOnlyDirectories: true }]) {
        const [whole, stepped] = await twice(repo, commit, () => undefined, options);
        expect(whole).toEqual(stepped);
      }
    });
  }

  it('leaves out what directory after directory leaves out', async () => {
    const [source, repo] = [scratch.fresh('source'), scratch.fresh('repo')];
    const files = Object.fromEntries(Array.from({ length: 600 }, (_, each) => [`f${each}`, file(`${each}`)]));
    writeTree(source, dir({ a: file('a'), same: dir({ a: file('a'), d: dir(files), none: dir({ x: file('x') }) }), d: dir(files) }));
    createRepo(repo, { mode: 'bare-user-only' });
    const { checksum: commit } = await commitTree(contextOf(repo, engine), [{ kind: 'directory', path: source }]);
    const skip = new Set(['/a', '/d/f3', '/d/f599', '/same/d/', '/same/none', '/f1', '/same/a/']);
    const [whole, stepped] = await twice(repo, commit, () => undefined, { skip });
    expect(whole).toEqual(stepped);
    expect(whole).toMatchObject({ outcome: { filesLinked: 600, directoriesMade: 3 } });
    const [below, belowStepped] = await twice(repo, commit, () => undefined, { subpath: '/same', skip: new Set(['/a', '/same/none/', '/none/']) });
    expect(below).toEqual(belowStepped);
    expect(below).toMatchObject({ outcome: { filesLinked: 600, directoriesMade: 1 } });
  });

  it('meets what is there as directory after directory does', async () => {
    const { repo, commit } = await committed('bare-user-only');
    const prepare = (path: string): void => writeTree(path, dir({ crowd: dir({}, { mode: 0o711 }), empty: dir({ file: file('other') }, { mode: 0o500 }) }));
    for (const overwrite of ['none', 'union', 'add', 'identical'] as const) {
      const [whole, stepped] = await twice(repo, commit, prepare, { overwrite });
      expect(whole).toEqual(stepped);
    }
    const inTheWay = (path: string): void => writeTree(path, dir({ deep: file('no directory') }));
    const [whole, stepped] = await twice(repo, commit, inTheWay, { overwrite: 'union' });
    expect(whole).toBe(stepped);
  });

  it('tells of broken and missing objects in the same words', async () => {
    const damages: Record<string, (crafted: CraftedRepo) => { tree: Checksum; broken?: [Checksum, 'cut' | 'gone', 'dirtree' | 'file'] }> = {
      'names out of order': (crafted) => ({ tree: crafted.tree([['b', crafted.file('b')], ['a', crafted.file('a')]]) }),
      'a name that leaves': (crafted) => ({ tree: crafted.tree([['..', crafted.file('b')]]) }),
      'a name twice': (crafted) => ({ tree: crafted.tree([['a', crafted.file('b')]], [['a', crafted.tree([])]]) }),
      'no dirtree at all': (crafted) => ({ tree: crafted.tree([], [['d', crafted.put(OBJECT_TYPE.dirtree, Buffer.from('nonsense'))]]) }),
      'a dirtree cut short': (crafted) => {
        const inner = crafted.tree([['a', crafted.file('b')]]);
        return { tree: crafted.tree([], [['d', inner]]), broken: [inner, 'cut', 'dirtree'] };
      },
      'a dirtree that is gone': (crafted) => {
        const inner = crafted.tree([['a', crafted.file('b')]]);
        return { tree: crafted.tree([], [['d', inner]]), broken: [inner, 'gone', 'dirtree'] };
      },
      'a file that is gone': (crafted) => {
        const inner = crafted.file('b');
        return { tree: crafted.tree([['f', inner]]), broken: [inner, 'gone', 'file'] };
      },
    };
    for (const [name, damage] of Object.entries(damages)) {
      const path = scratch.fresh('damaged');
      const crafted = new CraftedRepo(path, engine);
      const { tree, broken } = damage(crafted);
      const commit = crafted.commit(tree, { ref: 'm' });
      if (broken !== undefined) {
        const object = objectPath(crafted.repo, OBJECT_TYPE[broken[2]], broken[0]);
        if (broken[1] === 'cut') truncateSync(object, 10);
        else rmSync(object);
      }
      const failures: CoppiceError[] = [];
      for (const each of [engine, stepwise(engine)]) {
        const destination = join(scratch.path, `destination-${name.replaceAll(' ', '-')}`);
        failures.push(await failureOf(checkoutTree(contextOf(path, each), { commit, destination }, { userMode: true })));
        rmSync(destination, { recursive: true, force: true });
      }
      const [whole, stepped] = failures.map(({ code, message, facts }) => ({ code, message, facts }));
      expect(whole, name).toEqual(stepped);
    }
  });

  it('stops between two steps when it is cancelled', async () => {
    const { repo, commit } = await committed('bare-user-only');
    const controller = new AbortController();
    const progress = (): void => controller.abort();
    const context = { ...contextOf(repo, engine), signal: controller.signal, progress };
    const failure = await failureOf(checkoutTree(context, { commit, destination: scratch.fresh('cancelled') }));
    expect(failure.code).toBe('CANCELLED');
  });

  it('never writes through a symlink that takes the place of a directory', async () => {
    const crafted = new CraftedRepo(scratch.fresh('linked'), engine);
    const tree = crafted.tree([], [['d', crafted.tree([['f', crafted.file('x')]])]]);
    const commit = crafted.commit(tree, { ref: 'm' });
    const [destination, outside] = [scratch.fresh('destination'), scratch.fresh('outside')];
    mkdirSync(outside);
    writeTree(destination, dir({ d: { kind: 'symlink', target: outside } }));
    writeFileSync(join(outside, 'g'), '');
    await failureOf(checkoutTree(contextOf(crafted.repo.path, engine), { commit, destination }, { userMode: true, overwrite: 'union' }));
    expect(describeTree(outside).map(({ path }) => path)).toEqual(['', 'g']);
  });
});
