import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import { PLACE } from '../../src/engine/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { NO_XATTRS } from '../../src/engine/header.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, writeTree } from '../support/tree.ts';
import { canonical, ingestTree, makeStore, placeBatch, walkTree } from './walked-tree.ts';

/** Somebody else writes to the tree: no symlink that he puts there leads out of it. */
export function attackSuite(engine: Engine, scratch: Scratch): void {
  function trap(): { readonly root: string; readonly outside: string } {
    const [root, outside] = [scratch.fresh('root'), scratch.fresh('outside')];
    writeTree(outside, dir({ secret: file('secret'), sub: dir({ secret: file('secret') }) }));
    writeTree(root, dir({ real: dir({ secret: file('mine') }) }));
    symlinkSync(outside, join(root, 'evil'));
    symlinkSync('/etc/passwd', join(root, 'real', 'passwd'));
    return { root, outside };
  }

  it('reads through no symlink', () => {
    const { root } = trap();
    const scanned = engine.scan({ root, directories: packNames(['evil', 'evil/sub', 'real']), xattrs: false });
    expect(scanned.failures.map(({ index }) => index)).toEqual([0, 1]);
    expect(scanned.listings.map(({ names }) => names)).toEqual(['', '', packNames(['passwd', 'secret'])]);
    const store = makeStore(scratch.fresh('store'), 'archive');
    const ingested = engine.ingest({
      root,
      directories: packNames(['evil', 'evil/sub', 'real', 'real/../evil']),
      directoryIndex: Uint32Array.of(0, 1, 2, 2, 3),
      names: packNames(['secret', 'secret', 'passwd', 'secret', 'secret']),
      attributes: Uint32Array.from(Array.from({ length: 5 }, () => [0, 0, 0o100644]).flat()),
      sizes: new Float64Array(5),
      xattrs: 'none',
      action: 'store',
      consume: true,
      target: store.target,
    });
    expect(ingested.failures.map(({ index }) => index)).toEqual([0, 1, 2, 4]);
    expect(readdirSync(join(store.path, 'objects')).length).toBe(1);
  });

  it('writes through no symlink', () => {
    const { root, outside } = trap();
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('a') }));
    const store = makeStore(scratch.fresh('store'), 'bare-user-only');
    const tree = canonical(walkTree(engine, source));
    const { checksums } = ingestTree(engine, tree, store);
    for (const link of ['try', 'never'] as const) {
      for (const overwrite of ['none', 'union'] as const) {
        const result = engine.place({
          ...placeBatch(tree, store, Buffer.concat([checksums, checksums, checksums]), root),
          directories: packNames(['evil', 'evil/sub', 'real/..']),
          directoryIndex: Uint32Array.of(0, 1, 2),
          names: packNames(['secret', 'new', 'up']),
          link,
          overwrite,
        });
        expect(new Set(result.outcomes)).toEqual(new Set([PLACE.failed]));
      }
    }
    const made = engine.makeDirectories({ root, directories: packNames(['evil', 'evil/new', 'real/../up']), mayExist: true });
    expect(made.failures.map(({ index }) => index)).toEqual([0, 1, 2]);
    const finished = engine.finishDirectories({
      root,
      directories: packNames(['evil', 'evil/sub']),
      attributes: new Uint32Array(6),
      xattrs: [NO_XATTRS, NO_XATTRS],
      userMode: true,
      resetMtime: true,
      sync: false,
    });
    expect(finished.failures.length).toBe(2);
    expect(readdirSync(outside)).toEqual(['secret', 'sub']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(existsSync(join(root, 'up'))).toBe(false);
  });

  it('replaces a symlink at the end of a path instead of following it', () => {
    const { root, outside } = trap();
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('a') }));
    const store = makeStore(scratch.fresh('store'), 'archive');
    const tree = walkTree(engine, source);
    const { checksums } = ingestTree(engine, tree, store);
    symlinkSync(join(outside, 'secret'), join(root, 'a'));
    const place = (overwrite: 'none' | 'union' | 'identical') => engine.place({ ...placeBatch(tree, store, checksums, root), overwrite });
    expect(place('none').failures).toMatchObject([{ errno: 'EEXIST' }]);
    expect(place('identical').failures).toMatchObject([{ errno: 'EEXIST' }]);
    expect(place('union').failures).toEqual([]);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('a');
  });

  it('refuses names that are paths', () => {
    const { root } = trap();
    const store = makeStore(scratch.fresh('store'), 'archive');
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('a') }));
    const tree = walkTree(engine, source);
    const { checksums } = ingestTree(engine, tree, store);
    for (const name of ['..', '.', 'a/b', '../a']) {
      const batch = placeBatch(tree, store, checksums, root);
      expect(engine.place({ ...batch, names: packNames([name]) }).failures, name).toMatchObject([{ code: 'PATH_INVALID' }]);
    }
    const stored = engine.store({ target: store.target, names: packNames(['../../evil']), bytes: Buffer.from('x'), ends: Uint32Array.of(1) });
    expect(stored.failures.length).toBe(1);
  });

  it('stays inside while a directory is swapped for a symlink again and again', async () => {
    const [root, outside, source] = [scratch.fresh('swapped'), scratch.fresh('outside'), scratch.fresh('source')];
    writeTree(source, dir({ a: file('a') }));
    mkdirSync(outside);
    mkdirSync(join(root, 'd/e'), { recursive: true });
    const store = makeStore(scratch.fresh('store'), 'archive');
    const tree = walkTree(engine, source);
    const { checksums } = ingestTree(engine, tree, store);
    const swapper = spawn(process.execPath, ['-e', SWAPPER, root, outside], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => swapper.stdout.once('data', resolve));
    const names = Array.from({ length: 50 }, (_, index) => `f${index}`);
    let failed = 0;
    for (const until = Date.now() + 1000; Date.now() < until; ) {
      const batch = placeBatch(tree, store, Buffer.concat(names.map(() => checksums)), root);
      const result = engine.place({ ...batch, directories: packNames(['d', 'd/e']), directoryIndex: Uint32Array.from(names, (_, index) => index % 2), names: packNames(names), overwrite: 'union' });
      failed += result.failures.length;
    }
    swapper.kill('SIGKILL');
    await new Promise((resolve) => swapper.once('exit', resolve));
    expect(failed).toBeGreaterThan(0);
    expect(readdirSync(outside)).toEqual([]);
  });
}

/** Swaps ROOT/d between a directory and a symlink to OUTSIDE until it is killed; OUTSIDE has an `e` no more. */
const SWAPPER = `
const fs = require('node:fs');
const [root, outside] = process.argv.slice(1);
fs.symlinkSync(outside, root + '/link');
process.stdout.write('ready');
for (;;) {
  fs.renameSync(root + '/d', root + '/kept');
  fs.renameSync(root + '/link', root + '/d');
  fs.renameSync(root + '/d', root + '/link');
  fs.renameSync(root + '/kept', root + '/d');
}`;

