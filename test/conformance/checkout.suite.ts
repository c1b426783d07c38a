import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import { PLACE } from '../../src/engine/engine.ts';
import type { Engine, PlaceBatch, StoreMode } from '../../src/engine/engine.ts';
import { NO_XATTRS } from '../../src/engine/header.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';
import { CONTENT_TREE } from './store.suite.ts';
import { canonical, hexOf, ingestTree, makeAllDirectories, makeStore, placeBatch, walkTree, writableModes } from './walked-tree.ts';
import type { Store, WalkedTree } from './walked-tree.ts';

interface Prepared {
  readonly mode: StoreMode;
  readonly store: Store;
  readonly tree: WalkedTree;
  readonly checksums: Uint8Array;
}

const isLinkMode = (mode: number): boolean => (mode & 0o170000) === 0o120000;

/** What libostree 2022.7 gives a file that is not linked. */
function copiedMode(mode: number, userMode: boolean): number {
  return userMode ? (mode & ~0o6000) | 0o400 : mode;
}

export function checkoutSuite(engine: Engine, scratch: Scratch): void {
  const prepared = new Map<StoreMode, Prepared>();
  const get = (mode: StoreMode): Prepared => prepared.get(mode)!;

  beforeAll(() => {
    const source = scratch.fresh('source');
    writeTree(source, CONTENT_TREE);
    const walked = walkTree(engine, source);
    for (const mode of writableModes(engine)) {
      const store = makeStore(scratch.fresh(mode), mode);
      const tree = mode === 'bare-user-only' ? canonical(walked) : walked;
      const { checksums, failures } = ingestTree(engine, tree, store);
      expect(failures).toEqual([]);
      prepared.set(mode, { mode, store, tree, checksums });
    }
  });

  const batchFor = ({ store, tree, checksums }: Prepared, root: string, more: Partial<PlaceBatch> = {}): PlaceBatch => ({
    ...placeBatch(tree, store, checksums, root),
    ...more,
  });

  for (const mode of writableModes(engine)) {
    for (const userMode of [false, true]) {
      for (const link of ['try', 'never'] as const) {
        it(`checks out of mode ${mode}${userMode ? ' in user mode' : ''}${link === 'never' ? ', copying' : ''}`, () => {
          const ready = get(mode);
          const root = scratch.fresh('checkout');
          makeAllDirectories(engine, ready.tree, root);
          const result = engine.place(batchFor(ready, root, { userMode, link }));
          expect(result.failures).toEqual([]);
          expectCheckout(ready, root, userMode || mode === 'bare-user-only', result.outcomes);
          const copied = ready.tree.paths.filter((path, index) => result.outcomes[index] === PLACE.copied && lstatSync(join(root, path)).isFile());
          expect(result.bytesCopied).toBe(copied.reduce((sum, path) => sum + lstatSync(join(root, path)).size, 0));
          const linked = [...result.outcomes].filter((outcome) => outcome === PLACE.linked).length;
          const canLink = link === 'try' && (mode === 'bare' ? !userMode : mode === 'bare-user-only' || (mode === 'bare-user' && userMode));
          expect(linked > 0).toBe(canLink);
        });
      }
    }
  }

  it('settles what is there by the overwrite mode', () => {
    for (const mode of writableModes(engine)) {
      const ready = get(mode);
      const root = scratch.fresh('overwrite');
      makeAllDirectories(engine, ready.tree, root);
      const place = (overwrite: PlaceBatch['overwrite']) => engine.place(batchFor(ready, root, { overwrite, userMode: mode !== 'bare' }));
      expect(place('none').failures).toEqual([]);
      const refused = place('none');
      expect(refused.failures.map(({ code, errno }) => `${code} ${errno}`)).toEqual(ready.tree.paths.map(() => 'SYSTEM EEXIST'));
      expect(new Set(refused.outcomes)).toEqual(new Set([PLACE.failed]));
      for (const overwrite of ['add', 'identical'] as const) {
        const kept = place(overwrite);
        expect(kept.failures).toEqual([]);
        expect(new Set(kept.outcomes)).toEqual(new Set([PLACE.kept]));
        expect(kept.bytesCopied).toBe(0);
      }
      expect(place('union').failures).toEqual([]);
      expectCheckout(ready, root, mode !== 'bare');
      expect(readdirSync(join(root, 'links')).length).toBe(3);
      expect(readdirSync(join(root, 'modes')).length).toBe(5);
    }
  });

  it('replaces, keeps or refuses a different file', () => {
    const ready = get('bare-user-only');
    const index = ready.tree.paths.indexOf('modes/group');
    const linkIndex = ready.tree.paths.indexOf('links/relative');
    const spoil: readonly (readonly [string, (path: string) => void])[] = [
      ['other content', (path) => writeFileSync(path, 'G')],
      ['another length', (path) => writeFileSync(path, 'gg')],
      ['another mode', (path) => { writeFileSync(path, 'g'); chmodSync(path, 0o600); }],
      ['a symlink', (path) => symlinkSync('g', path)],
    ];
    for (const [what, write] of spoil) {
      const root = scratch.fresh('different');
      mkdirSync(root);
      const one = (overwrite: PlaceBatch['overwrite'], which = index) => engine.place({
        ...batchFor(ready, root, { overwrite }),
        directories: packNames(['']),
        directoryIndex: Uint32Array.of(0),
        names: packNames(['f']),
        checksums: ready.checksums.subarray(which * 32, which * 32 + 32),
      });
      write(join(root, 'f'));
      expect([...one('add').outcomes], what).toEqual([PLACE.kept]);
      expect(one('identical').failures, what).toMatchObject([{ code: 'SYSTEM', errno: 'EEXIST' }]);
      expect(one('identical', linkIndex).failures, what).toMatchObject([{ code: 'SYSTEM', errno: 'EEXIST' }]);
      expect(one('union').failures, what).toEqual([]);
      expect(readFileSync(join(root, 'f'), 'utf8')).toBe('g');
      expect(readdirSync(root)).toEqual(['f']);
    }
  });

  it('takes an equal file for identical though it is another inode', () => {
    const ready = get('bare-user-only');
    const root = scratch.fresh('equal');
    writeTree(root, dir({ f: file('g', { mode: 0o644 }), l: symlink('../sizes') }));
    const which = ['modes/group', 'links/relative'].map((path) => ready.tree.paths.indexOf(path));
    const result = engine.place({
      ...batchFor(ready, root, { overwrite: 'identical' }),
      directories: packNames(['']),
      directoryIndex: Uint32Array.of(0, 0),
      names: packNames(['f', 'l']),
      checksums: Buffer.concat(which.map((at) => ready.checksums.subarray(at * 32, at * 32 + 32))),
    });
    expect(result.failures.filter(({ index }) => index === 0)).toEqual([]);
    expect(result.outcomes[0]).toBe(PLACE.kept);
  });

  it('never replaces a directory by a file', () => {
    const ready = get('archive');
    const root = scratch.fresh('directory');
    mkdirSync(join(root, 'f'), { recursive: true });
    const result = engine.place({
      ...batchFor(ready, root, { overwrite: 'union' }),
      directories: packNames(['']),
      directoryIndex: Uint32Array.of(0),
      names: packNames(['f']),
      checksums: ready.checksums.subarray(0, 32),
    });
    expect(result.failures).toMatchObject([{ code: 'SYSTEM', errno: 'EISDIR' }]);
    expect(readdirSync(root)).toEqual(['f']);
  });

  it('requires hard links only where the mode allows them', () => {
    for (const mode of writableModes(engine)) {
      for (const userMode of [false, true]) {
        const ready = get(mode);
        const root = scratch.fresh('require');
        makeAllDirectories(engine, ready.tree, root);
        const { failures } = engine.place(batchFor(ready, root, { link: 'require', userMode }));
        const allowed = mode === 'bare-user-only' || (mode === 'bare' && !userMode) || (mode === 'bare-user' && userMode);
        expect(failures.length === 0, `${mode} ${userMode}`).toBe(allowed);
        for (const failure of failures) expect(failure).toMatchObject({ code: 'USAGE' });
      }
    }
  });

  it('fills and uses the uncompressed cache in user mode', () => {
    const ready = get('archive');
    const cache = join(ready.store.path, 'uncompressed-objects-cache');
    mkdirSync(cache);
    for (const round of [0, 1]) {
      const root = scratch.fresh('cached');
      makeAllDirectories(engine, ready.tree, root);
      const { failures, outcomes } = engine.place(batchFor(ready, root, { cache, userMode: true }));
      expect(failures).toEqual([]);
      expectCheckout(ready, root, true);
      const group = lstatSync(join(root, 'modes/group'));
      expect(group.nlink).toBe(2 + round);
      expect(lstatSync(join(root, 'sizes/size-0')).nlink).toBe(1);
      expect(lstatSync(join(root, 'modes/nothing')).nlink).toBe(1);
      expect(outcomes[ready.tree.paths.indexOf('modes/group')]).toBe(round === 0 ? PLACE.copied : PLACE.linked);
    }
    const hex = hexOf(ready.checksums, ready.tree.paths.indexOf('modes/group'));
    expect(existsSync(join(cache, hex.slice(0, 2), `${hex.slice(2)}.file`))).toBe(true);
    expect(readdirSync(cache).every((name) => name.length === 2)).toBe(true);
  });

  it('tells objects that are missing or broken and does the rest', () => {
    const { tree, checksums, store } = get('archive');
    const hex = hexOf(checksums, 1);
    const path = join(store.path, 'objects', hex.slice(0, 2), `${hex.slice(2)}.filez`);
    const whole = readFileSync(path);
    const root = scratch.fresh('missing');
    makeAllDirectories(engine, tree, root);
    const broken = checksums.slice();
    broken.fill(0xee, 0, 32);
    unlinkSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 20));
    const result = engine.place({ ...placeBatch(tree, store, broken, root) });
    unlinkSync(path);
    writeFileSync(path, whole);
    expect(result.failures.map(({ index, code }) => [index, code])).toEqual([[0, 'OBJECT_MISSING'], [1, 'FORMAT_INVALID']]);
    expect(result.outcomes.filter((outcome) => outcome === PLACE.failed).length).toBe(2);
    expect(existsSync(join(root, tree.paths[1]!))).toBe(false);
  });

  it('makes directories private and finishes them deepest first', () => {
    const root = scratch.fresh('directories');
    const directories = packNames(['', 'a', 'a/b', 'z']);
    const made = engine.makeDirectories({ root, directories, mayExist: false });
    expect(made).toEqual({ created: Uint8Array.of(1, 1, 1, 1), failures: [] });
    expect(lstatSync(join(root, 'a/b')).mode & 0o7777).toBe(0o700);
    expect(engine.makeDirectories({ root, directories, mayExist: true }).created).toEqual(new Uint8Array(4));
    const again = engine.makeDirectories({ root, directories, mayExist: false });
    expect(again.failures.map(({ errno }) => errno)).toEqual(['EEXIST', 'EEXIST', 'EEXIST', 'EEXIST']);
    const asRoot = process.getuid?.() === 0;
    const owner = asRoot ? 1000 : (process.getuid?.() ?? 0);
    const group = asRoot ? 1000 : (process.getgid?.() ?? 0);
    const finished = engine.finishDirectories({
      root,
      directories: packNames(['a/b', 'a', 'z', '']),
      attributes: Uint32Array.from([[owner, group, 0o040500], [0, 0, 0o042775], [0, 0, 0o041777], [0, 0, 0o040755]].flatMap(([uid, gid, mode]) => (asRoot ? [uid!, gid!, mode!] : [owner, group, mode!]))),
      xattrs: [NO_XATTRS, NO_XATTRS, NO_XATTRS, NO_XATTRS],
      userMode: false,
      resetMtime: true,
      sync: true,
    });
    expect(finished.failures).toEqual([]);
    const look = (path: string): unknown[] => {
      const { mode, mtimeMs } = lstatSync(join(root, path));
      return [(mode & 0o7777).toString(8), mtimeMs];
    };
    expect(['', 'a', 'a/b', 'z'].map(look)).toEqual([['755', 0], ['2775', 0], ['500', 0], ['1777', 0]]);
    expect(lstatSync(join(root, 'a/b')).uid).toBe(owner);
  });

  it('leaves owners and, if asked to, times alone in user mode', () => {
    const root = scratch.fresh('user');
    mkdirSync(root);
    const before = lstatSync(root);
    const finish = (resetMtime: boolean): void => {
      const batch = { root, directories: packNames(['']), attributes: Uint32Array.of(12, 34, 0o042711), xattrs: [Buffer.from('ignored')], userMode: true, resetMtime, sync: false };
      expect(engine.finishDirectories(batch).failures).toEqual([]);
    };
    finish(false);
    const after = lstatSync(root);
    expect([after.uid, after.gid, after.mode & 0o7777, after.mtimeMs]).toEqual([before.uid, before.gid, 0o2711, before.mtimeMs]);
    finish(true);
    expect(lstatSync(root).mtimeMs).toBe(0);
  });

  it('gives one object many names', () => {
    const ready = get('bare');
    const root = scratch.fresh('names');
    mkdirSync(root);
    const at = ready.tree.paths.indexOf('modes/group');
    const names = Array.from({ length: 500 }, (_, index) => `name-${index}`);
    const { outcomes, failures } = engine.place({
      ...batchFor(ready, root),
      directories: packNames(['']),
      directoryIndex: new Uint32Array(500),
      names: packNames(names),
      checksums: Buffer.concat(names.map(() => ready.checksums.subarray(at * 32, at * 32 + 32))),
    });
    expect(failures).toEqual([]);
    expect(new Set(outcomes)).toEqual(new Set([PLACE.linked]));
    linkSync(join(root, 'name-0'), join(root, 'extra'));
  });
}

function expectCheckout({ tree }: Prepared, root: string, userMode: boolean, outcomes?: Uint8Array): void {
  for (const [index, path] of tree.paths.entries()) {
    const [uid = 0, gid = 0, mode = 0] = tree.attributes.subarray(index * 3, index * 3 + 3);
    const [there, source] = [join(root, path), join(tree.root, path)];
    const stats = lstatSync(there);
    if (isLinkMode(mode)) {
      expect(readlinkSync(there)).toBe(readlinkSync(source));
    } else {
      expect(Buffer.compare(readFileSync(there), readFileSync(source)), path).toBe(0);
      const linked = outcomes?.[index] === PLACE.linked;
      if (outcomes !== undefined && !linked) expect((stats.mode & 0o7777).toString(8), path).toBe((copiedMode(mode, userMode) & 0o7777).toString(8));
      expect(stats.nlink > 1).toBe(outcomes === undefined ? stats.nlink > 1 : linked);
    }
    if (!userMode) expect([stats.uid, stats.gid], path).toEqual([uid, gid]);
  }
}
