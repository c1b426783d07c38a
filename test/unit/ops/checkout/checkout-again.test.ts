import { chmodSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Checksum } from '../../../../src/base/checksum.ts';
import { FOREKNOWN } from '../../../../src/engine/engine.ts';
import type { Engine, PlaceBatch } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { checkoutTree } from '../../../../src/ops/checkout/index.ts';
import type { CheckoutOptions } from '../../../../src/ops/checkout/index.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { cachePath } from '../../../../src/repo/layout.ts';
import { describeTree } from '../../../support/inodes.ts';
import { contextOf } from '../../../support/native-engine.ts';
import { Scratch } from '../../../support/scratch.ts';
import { dir, file, writeTree } from '../../../support/tree.ts';

const scratch = new Scratch('unit-checkout-again');

interface Committed {
  readonly repo: string;
  readonly commit: Checksum;
}

/** A file of each kind that is not linked, beside some that are, and a whiteout. */
async function committed(): Promise<Committed> {
  const [source, repo] = [scratch.fresh('source'), scratch.fresh('repo')];
  writeTree(source, dir({ a: file('a'), empty: file(''), d: dir({ b: file('b'), secret: file('s'), '.wh.gone': file('') }), plain: dir({ c: file('c') }) }));
  symlinkSync('a', join(source, 'link'));
  createRepo(repo, { mode: 'bare-user-only' });
  chmodSync(join(source, 'd/secret'), 0o004);
  const outcome = await commitTree(contextOf(repo, jsEngine), [{ kind: 'directory', path: source }], { branch: 'm', modifier: { noXattrs: true } });
  return { repo, commit: outcome.checksum };
}

function seen(path: string): unknown[] {
  return describeTree(path).map(({ path: name, kind, mode, size, target, digest, links }) => ({ name, kind, mode, size: kind === 'dir' ? 0 : size, target, digest, isLinked: kind === 'file' && links > 1 }));
}

async function checkout({ repo, commit }: Committed, options: CheckoutOptions = {}, asked: PlaceBatch[] = []): Promise<unknown[]> {
  const destination = scratch.fresh('checkout');
  const noting: Engine = {
    ...jsEngine,
    place(batch) {
      asked.push(batch);
      return jsEngine.place(batch);
    },
  };
  await checkoutTree(contextOf(repo, noting), { commit, destination }, options);
  const tree = seen(destination);
  rmSync(destination, { recursive: true });
  return tree;
}

const foreknown = (asked: readonly PlaceBatch[], kind: 'linkable' | 'odd'): number => asked.flatMap((batch) => [...(batch.foreknown ?? [])]).filter((known) => known === FOREKNOWN[kind]).length;
const linkable = (asked: readonly PlaceBatch[]): number => foreknown(asked, 'linkable');
const own = (asked: readonly PlaceBatch[]): boolean => asked.every(({ ownRoot }) => ownRoot !== undefined);

describe('a second checkout of a tree', () => {
  it('is what the first is, and places without a look what the first has placed', async () => {
    const made = await committed();
    const [first, second]: [PlaceBatch[], PlaceBatch[]] = [[], []];
    const tree = await checkout(made, {}, first);
    expect(await checkout(made, {}, second)).toEqual(tree);
    expect([linkable(first), linkable(second)]).toEqual([0, 3]);
    expect([foreknown(first, 'odd'), foreknown(second, 'odd')]).toEqual([0, 4]);
  });

  it('looks at a file or symlink that is there, whatever is known of the object', async () => {
    const made = await committed();
    await checkout(made);
    const destination = scratch.fresh('there');
    writeTree(destination, dir({ a: file('other') }));
    symlinkSync('other', join(destination, 'link'));
    const { repo, commit } = made;
    await expect(checkoutTree(contextOf(repo, jsEngine), { commit, destination }, { overwrite: 'identical' })).rejects.toThrow('File exists');
    await checkoutTree(contextOf(repo, jsEngine), { commit, destination }, { overwrite: 'add' });
    expect([readlinkSync(join(destination, 'link')), readFileSync(join(destination, 'a'), 'utf8')]).toEqual(['other', 'other']);
    await checkoutTree(contextOf(repo, jsEngine), { commit, destination }, { overwrite: 'union' });
    expect([readlinkSync(join(destination, 'link')), readFileSync(join(destination, 'a'), 'utf8')]).toEqual(['a', 'a']);
  });

  it('learns nothing where an entry has a meaning of its own', async () => {
    for (const options of [{ whiteouts: true }, { skip: new Set(['/d/secret']) }, { forceCopy: true }]) {
      const made = await committed();
      const asked: PlaceBatch[] = [];
      await checkout(made, options);
      await checkout(made, {}, asked);
      expect(linkable(asked)).toBe(0);
    }
  });

  it('tells of an object that has gone meanwhile, and knows nothing from a damaged file', async () => {
    const made = await committed();
    const tree = await checkout(made);
    const known = join(cachePath(made.repo), 'coppice-linkable-trees');
    const bytes = readFileSync(known);
    writeFileSync(known, bytes.subarray(1));
    const asked: PlaceBatch[] = [];
    expect(await checkout(made, {}, asked)).toEqual(tree);
    expect(linkable(asked)).toBe(0);
    const objects = join(made.repo, 'objects');
    const gone = describeTree(objects).find(({ path, size }) => path.endsWith('.file') && size > 0);
    rmSync(join(objects, gone?.path ?? ''));
    await expect(checkout(made)).rejects.toThrow('no such file object');
  });

  it('goes by plain paths only in a directory that it has made for itself', async () => {
    const made = await committed();
    const asked: PlaceBatch[] = [];
    await checkout(made, {}, asked);
    expect(own(asked)).toBe(true);
    const [destination, merged] = [scratch.fresh('there'), [] as PlaceBatch[]];
    writeTree(destination, dir({ d: dir({}) }));
    const noting: Engine = { ...jsEngine, place: (batch) => (merged.push(batch), jsEngine.place(batch)) };
    await checkoutTree(contextOf(made.repo, noting), { commit: made.commit, destination }, { overwrite: 'union' });
    expect([merged.length > 0, merged.some(({ ownRoot }) => ownRoot !== undefined)]).toEqual([true, false]);
    expect(lstatSync(join(destination, 'd/b')).size).toBe(1);
  });

  it.each([0o000, 0o022, 0o077])('has directories of the modes of the commit under umask %o', async (umask) => {
    const modes = [0o700, 0o711, 0o750, 0o755, 0o555];
    const [source, repo, destination] = [scratch.fresh('source'), scratch.fresh('repo'), scratch.fresh('modes')];
    writeTree(source, dir(Object.fromEntries(modes.map((mode) => [`d${mode.toString(8)}`, dir({ e: dir({ f: file('f') }) }, { mode })]))));
    createRepo(repo, { mode: 'bare-user-only' });
    const { checksum: commit } = await commitTree(contextOf(repo, jsEngine), [{ kind: 'directory', path: source }], { branch: 'm', modifier: { noXattrs: true } });
    const before = process.umask(umask);
    try {
      await checkoutTree(contextOf(repo, jsEngine), { commit, destination });
    } finally {
      process.umask(before);
    }
    const found = Object.fromEntries(modes.map((mode) => [mode, lstatSync(join(destination, `d${mode.toString(8)}`)).mode & 0o7777]));
    expect(found).toEqual(Object.fromEntries(modes.map((mode) => [mode, mode])));
  });

  it.each([0o755, 0o777])('is synced where that is asked for, below a directory of mode %o', async (mode) => {
    const { repo, commit } = await committed();
    const above = scratch.fresh('above');
    writeTree(above, dir({}));
    chmodSync(above, mode);
    await checkoutTree(contextOf(repo, jsEngine), { commit, destination: join(above, 'root') }, { fsync: true });
    expect(seen(join(above, 'root'))).toEqual(await checkout({ repo, commit }));
  });
});
