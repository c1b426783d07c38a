import {
  closeSync, existsSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import { INGEST, STAT, STAT_FIELDS, WITNESS } from '../../src/engine/engine.ts';
import type { Engine, StoreMode } from '../../src/engine/engine.ts';
import { hashPrefix, NO_XATTRS, readArchiveHeader } from '../../src/engine/header.ts';
import { JS_KERNELS } from '../../src/engine/js-engine.ts';
import { writeXattrs } from '../../src/format/object/xattrs.ts';
import { noise } from '../support/nasty-tree.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';
import { canonical, contentPath, hexOf, ingestTree, makeStore, publishAll, walkTree, writableModes } from './walked-tree.ts';
import type { WalkedTree } from './walked-tree.ts';

const MEBIBYTE = 1024 * 1024;

/** Sizes on both sides of every read buffer, and one file that no engine takes whole. */
const SIZES = [0, 1, 65, 16_383, 16_385, 65_537, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE];
const GIANT = 17 * MEBIBYTE;

export const CONTENT_TREE = dir({
  sizes: dir({
    ...Object.fromEntries(SIZES.map((size) => [`size-${size}`, file(noise(size))])),
    giant: file(Buffer.concat([noise(MEBIBYTE), Buffer.alloc(GIANT - MEBIBYTE, 'coppice ')])),
  }),
  modes: dir({
    setuid: file('s', { mode: 0o4755 }),
    unreadable: file('u', { mode: 0o044 }),
    nothing: file('n', { mode: 0 }),
    group: file('g', { mode: 0o664 }),
    sticky: file('t', { mode: 0o1644 }),
  }),
  links: dir({ relative: symlink('../sizes'), dangling: symlink('/nowhere'), unicode: symlink('é\u{10000}') }),
  'né': dir({ '\u{10000}': file('astral'), '\uffee': file('bmp') }),
});

/** The golden vectors of libostree 2022.7: owner 0:0, no xattrs. */
const GOLDEN = {
  hello: '81381808c56d4f3d643ec12f6a18fcf2993af8daba7c2a1b2cbfc315b39424c6',
  link: '73baaba0102e9154b8522687d33eedb8ed1bc78eadb82428b2616144ec502934',
  x: '60599fdf7cf9cb8925354cd74476b5ded7850eca9b6a120998125a578b6a4d4c',
  zero: 'cc700d46f407c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e',
  'é': 'b49afd39a0d8e530ffe343995bbbca60300949154973250e6a32d48f10e48bdd',
} as const;

/** Checksums by the definition, from node's own reading. */
function expectedChecksums(tree: WalkedTree, algorithm: 'sha256' | 'blake3', xattrs: readonly Uint8Array[] = []): string[] {
  return tree.paths.map((path, index) => {
    const [uid = 0, gid = 0, mode = 0] = tree.attributes.subarray(index * 3, index * 3 + 3);
    const full = join(tree.root, path);
    const isLink = lstatSync(full).isSymbolicLink();
    const header = { uid, gid, mode, symlinkTarget: isLink ? readlinkSync(full) : '', xattrs: xattrs[index] ?? NO_XATTRS };
    const content = isLink ? new Uint8Array(0) : readFileSync(full);
    return Buffer.from(JS_KERNELS.digest(algorithm, hashPrefix(header), content)).toString('hex');
  });
}

export function storeSuite(engine: Engine, scratch: Scratch): void {
  const root = scratch.fresh('tree');
  writeTree(root, CONTENT_TREE);

  it('makes the checksums that libostree makes', () => {
    const golden = scratch.fresh('golden');
    writeTree(golden, dir({ hello: file('hello world\n'), link: symlink('hello'), x: file('#!/bin/sh\n', { mode: 0o755 }), zero: file(''), 'é': file('é') }));
    const store = makeStore(scratch.fresh('store'), 'archive');
    const tree = canonical(walkTree(engine, golden));
    const result = ingestTree(engine, tree, store);
    expect(result.failures).toEqual([]);
    const found = Object.fromEntries(tree.paths.map((path, index) => [path, hexOf(result.checksums, index)]));
    expect(found).toEqual(GOLDEN);
    const bytes = (hex: string): string => readFileSync(join(store.path, 'objects', contentPath('archive', hex))).toString('hex');
    expect(bytes(GOLDEN.hello)).toMatch(/^0000001a00000000000000000000000c0000000000000000000081a4000000000019/);
    expect(bytes(GOLDEN.link)).toBe('0000001f00000000000000000000000000000000000000000000a1ff0000000068656c6c6f001e');
  });

  for (const mode of writableModes(engine)) {
    for (const visible of [true, false]) {
      it(`stores content of every size in mode ${mode}${visible ? '' : ' by way of staging'}`, () => {
        storesEverything(engine, makeStore(scratch.fresh('store'), mode, { visible }), root);
      });
    }
  }

  it('stores under BLAKE3 names too', () => {
    const store = makeStore(scratch.fresh('store'), 'archive', { algorithm: 'blake3' });
    const tree = walkTree(engine, root);
    const { checksums, failures } = ingestTree(engine, tree, store);
    expect(failures).toEqual([]);
    expect(tree.paths.map((_, index) => hexOf(checksums, index))).toEqual(expectedChecksums(tree, 'blake3'));
  });

  it('hashes added xattrs, each file its own', () => {
    const tree = walkTree(engine, root);
    const lists = tree.paths.map((_, index) => (index % 3 === 0 ? NO_XATTRS : writeXattrs([{ name: 'security.selinux', value: Buffer.from(`label ${index}\0`) }])));
    let end = 0;
    const added = { addedXattrs: Buffer.concat(lists), addedXattrEnds: Uint32Array.from(lists, (list) => (end += list.length)) };
    for (const action of ['hash', 'store'] as const) {
      const { checksums, failures } = ingestTree(engine, tree, makeStore(scratch.fresh('store'), 'archive'), { ...added, action });
      expect(failures).toEqual([]);
      expect(tree.paths.map((_, index) => hexOf(checksums, index))).toEqual(expectedChecksums(tree, 'sha256', lists));
    }
  });

  it('writes nothing when it only hashes', () => {
    const store = makeStore(scratch.fresh('store'), 'bare-user');
    const tree = walkTree(engine, root);
    const { checksums, failures, outcomes } = ingestTree(engine, tree, store, { action: 'hash' });
    expect(failures).toEqual([]);
    expect(outcomes).not.toContain(INGEST.failed);
    expect(tree.paths.map((_, index) => hexOf(checksums, index))).toEqual(expectedChecksums(tree, 'sha256'));
    expect(readdirSync(join(store.path, 'objects'))).toEqual([]);
  });

  it('tells which files are what their witnesses saw', () => {
    const place = scratch.fresh('witnessed');
    const names = ['changed', 'link', 'open', 'same', 'swapped'];
    writeTree(place, dir({ changed: file('1'), link: symlink('x'), open: file('2'), same: file('3'), swapped: file('4') }));
    const tree = walkTree(engine, place);
    const { listings } = engine.scan({ root: place, directories: '\0', xattrs: false });
    const stats = listings[0]?.stats ?? new Float64Array(0);
    const witnesses = Float64Array.from(names.flatMap((_, row) => WITNESS.map((field) => stats[row * STAT_FIELDS + STAT[field]] ?? 0)));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30); // longer than a tick of the kernel's clock
    writeFileSync(join(place, 'changed'), '5');
    renameSync(join(place, 'swapped'), join(place, 'old'));
    linkSync(join(place, 'same'), join(place, 'new'));
    renameSync(join(place, 'new'), join(place, 'swapped'));
    const writer = openSync(join(place, 'open'), 'r+');
    const store = makeStore(scratch.fresh('store'), 'archive');
    const { settled } = ingestTree(engine, tree, store, { witnesses });
    closeSync(writer);
    // the link has changed the ctime of `same`; only the native engine can see a writer
    expect([...settled]).toEqual([0, 1, engine.name === 'native' ? 0 : 1, 0, 0]);
    expect([...ingestTree(engine, tree, store).settled]).toEqual([0, 0, 0, 0, 0]);
  });

  it('finds objects of a parent repository', () => {
    const parent = makeStore(scratch.fresh('parent'), 'archive');
    const tree = walkTree(engine, root);
    ingestTree(engine, tree, parent);
    const child = makeStore(scratch.fresh('child'), 'archive');
    const target = { ...child.target, objects: [...child.target.objects, ...parent.target.objects] };
    const { outcomes } = ingestTree(engine, tree, { ...child, target });
    expect(outcomes.every((outcome) => outcome === INGEST.existed)).toBe(true);
    expect(readdirSync(join(child.path, 'objects'))).toEqual([]);
  });

  it('tells what cannot be ingested file by file and does the rest', () => {
    const bad = scratch.fresh('bad');
    writeTree(bad, dir({ good: file('good'), swapped: symlink('/etc/passwd'), wasFile: dir(), pipe: { kind: 'fifo' } }));
    const store = makeStore(scratch.fresh('store'), 'archive');
    const regular = [0, 0, 0o100644];
    const result = engine.ingest({
      root: bad,
      directories: packNames(['', 'absent']),
      directoryIndex: Uint32Array.of(0, 0, 0, 0, 0, 1, 0),
      names: packNames(['missing', 'swapped', 'wasFile', 'pipe', 'pipe', 'lost', 'good']),
      attributes: Uint32Array.from([regular, regular, regular, regular, [0, 0, 0o010644], regular, regular].flat()),
      sizes: new Float64Array(7),
      xattrs: 'none',
      action: 'store',
      consume: false,
      target: store.target,
    });
    expect([...result.outcomes]).toEqual([...Array.from({ length: 6 }, () => INGEST.failed), INGEST.stored]);
    expect(result.failures.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    const [missing, , , , special, lost] = result.failures;
    expect(missing).toMatchObject({ code: 'SYSTEM', errno: 'ENOENT', path: join(bad, 'missing') });
    expect(special).toMatchObject({ code: 'FILE_TYPE_UNSUPPORTED' });
    expect(lost).toMatchObject({ code: 'SYSTEM', errno: 'ENOENT' });
    for (const { message } of result.failures) expect(message).not.toBe('');
    expect(hexOf(result.checksums, 0)).toBe('0'.repeat(64));
    expect(readdirSync(join(store.path, 'tmp'))).toEqual([]);
  });

  it('refuses in bare-user-only what that mode cannot keep', () => {
    const store = makeStore(scratch.fresh('store'), 'bare-user-only');
    const source = scratch.fresh('source');
    writeTree(source, dir({ owned: file('o'), setuid: file('s') }));
    const batch = { ...walkTree(engine, source), attributes: Uint32Array.of(1000, 0, 0o100644, 0, 0, 0o104755) };
    const result = engine.ingest({ ...batch, xattrs: 'none', action: 'store', consume: false, target: store.target });
    expect(result.failures.map(({ code }) => code)).toEqual(['FORMAT_INVALID', 'FORMAT_INVALID']);
    expect(readdirSync(join(store.path, 'objects'))).toEqual([]);
  });

  for (const mode of writableModes(engine)) {
    it(`consumes its sources in mode ${mode}`, () => {
      const source = scratch.fresh('consumed');
      writeTree(source, CONTENT_TREE);
      linkSync(join(source, 'sizes/size-65'), join(scratch.path, `keep-${mode}-${engine.name}-${Math.random()}`));
      const store = makeStore(scratch.fresh('store'), mode);
      const tree = walkTree(engine, source);
      const expected = expectedChecksums(mode === 'bare-user-only' ? canonical(tree) : tree, 'sha256');
      const { checksums, failures } = ingestTree(engine, tree, store, { consume: true });
      expect(failures).toEqual([]);
      expect(tree.paths.map((_, index) => hexOf(checksums, index))).toEqual(expected);
      expect(tree.paths.filter((path) => existsSync(join(source, path)))).toEqual([]);
      if (mode !== 'bare-user') expectSound(engine, store, checksums);
    });
  }

  it('stores metadata objects once, and commitmeta anew', () => {
    for (const visible of [true, false]) {
      const store = makeStore(scratch.fresh('store'), 'archive', { visible });
      const name = (extension: string): string => `${'ab'.repeat(32)}.${extension}`;
      const batch = (text: string) => ({
        target: store.target,
        names: packNames([name('dirtree'), name('commitmeta'), name('tombstone-commit')]),
        bytes: Buffer.from(`tree${text}`),
        ends: Uint32Array.of(4, 4 + text.length, 4 + text.length),
      });
      expect(engine.store(batch('one'))).toEqual({ outcomes: Uint8Array.of(INGEST.stored, INGEST.stored, INGEST.stored), failures: [] });
      const again = engine.store(batch('two!'));
      expect(again.failures).toEqual([]);
      expect([again.outcomes[0], again.outcomes[2]]).toEqual([INGEST.existed, INGEST.existed]);
      const at = (extension: string): string => join(store.target.destination, 'ab', `${'ab'.repeat(31)}.${extension}`);
      expect(readFileSync(at('commitmeta'), 'utf8')).toBe('two!');
      expect(readFileSync(at('dirtree'), 'utf8')).toBe('tree');
      expect(lstatSync(at('dirtree')).mode & 0o7777).toBe(0o644);
      expect(readdirSync(join(store.path, 'tmp'))).toEqual([]);
    }
  });

  it('tells a store that cannot be written', () => {
    const store = makeStore(scratch.fresh('store'), 'archive', { visible: false });
    writeFileSync(join(store.path, 'staging', 'ab'), 'in the way');
    const result = engine.store({ target: store.target, names: packNames([`${'ab'.repeat(32)}.dirtree`]), bytes: Buffer.from('x'), ends: Uint32Array.of(1) });
    expect([...result.outcomes]).toEqual([INGEST.failed]);
    expect(result.failures).toMatchObject([{ index: 0, code: 'SYSTEM', errno: 'ENOTDIR' }]);
  });

  it('publishes onto absent, empty, present and half-filled directories', () => {
    const store = makeStore(scratch.fresh('store'), 'archive');
    const put = (where: string, path: string, text: string): void => {
      mkdirSync(join(store.path, where, path.slice(0, 2)), { recursive: true });
      writeFileSync(join(store.path, where, path), text);
    };
    put('staging', 'aa/one.dirtree', 'new');
    put('staging', 'bb/one.dirtree', 'new');
    put('staging', 'bb/two.commitmeta', 'new');
    put('staging', 'bb/three.file', 'new');
    put('objects', 'bb/one.dirtree', 'old');
    put('objects', 'bb/two.commitmeta', 'old');
    put('objects', 'bb/four.dirtree', 'old');
    put('staging', 'cc/one.dirtree', 'new');
    mkdirSync(join(store.path, 'objects', 'cc'));
    mkdirSync(join(store.path, 'staging', 'dd'));
    publishAll(engine, store);
    const read = (path: string): string => readFileSync(join(store.path, 'objects', path), 'utf8');
    expect(read('aa/one.dirtree')).toBe('new');
    expect(read('bb/one.dirtree')).toBe('old');
    expect(read('bb/two.commitmeta')).toBe('new');
    expect(read('bb/three.file')).toBe('new');
    expect(read('bb/four.dirtree')).toBe('old');
    expect(read('cc/one.dirtree')).toBe('new');
    expect(readdirSync(join(store.path, 'staging')).filter((name) => readdirSync(join(store.path, 'staging', name)).length > 0)).toEqual([]);
  });

  it('tells a fan-out directory that cannot be published', () => {
    const store = makeStore(scratch.fresh('store'), 'archive');
    writeTree(join(store.path, 'staging', 'ee'), dir({ 'one.dirtree': file('new') }));
    writeFileSync(join(store.path, 'objects', 'ee'), 'in the way');
    const batch = { staging: join(store.path, 'staging'), objects: join(store.path, 'objects'), prefixes: packNames(['ee']), sync: false };
    expect(engine.publish(batch).failures).toMatchObject([{ index: 0, code: 'SYSTEM', errno: 'ENOTDIR' }]);
    expect(readdirSync(join(store.path, 'staging', 'ee'))).toEqual(['one.dirtree']);
  });
}

type MadeStore = ReturnType<typeof makeStore>;

function expectSound(engine: Engine, { target }: MadeStore, checksums: Uint8Array): void {
  const types = new Uint8Array(checksums.length / 32).fill(1);
  const { outcomes, failures } = engine.verify({ source: target, checksums, types });
  expect(failures).toEqual([]);
  expect(outcomes.every((outcome) => outcome === 0)).toBe(true);
}

function storesEverything(engine: Engine, store: MadeStore, root: string): void {
  const { mode, visible } = store.target;
  const tree = mode === 'bare-user-only' ? canonical(walkTree(engine, root)) : walkTree(engine, root);
  const first = ingestTree(engine, tree, store);
  expect(first.failures).toEqual([]);
  expect(first.outcomes.every((outcome) => outcome === INGEST.stored)).toBe(true);
  expect(tree.paths.map((_, index) => hexOf(first.checksums, index))).toEqual(expectedChecksums(tree, 'sha256'));
  expect([...first.sizes]).toEqual(tree.paths.map((path) => lstatSync(join(root, path)).size));
  if (!visible) expect(ingestTree(engine, tree, store).outcomes.every((outcome) => outcome === INGEST.existed)).toBe(true);
  if (!visible) publishAll(engine, store);
  for (const [index] of tree.paths.entries()) expectObject(store.path, mode, tree, index, first);
  expect(readdirSync(join(store.path, 'tmp'))).toEqual([]);
  const second = ingestTree(engine, tree, store);
  expect(second.checksums).toEqual(first.checksums);
  expect(second.outcomes.every((outcome) => outcome === INGEST.existed)).toBe(true);
  expectSound(engine, store, first.checksums);
}

function expectObject(
  repo: string,
  mode: StoreMode,
  tree: WalkedTree,
  index: number,
  { checksums, storedSizes }: { readonly checksums: Uint8Array; readonly storedSizes: Float64Array },
): void {
  const path = join(repo, 'objects', contentPath(mode, hexOf(checksums, index)));
  const [uid = 0, gid = 0, fileMode = 0] = tree.attributes.subarray(index * 3, index * 3 + 3);
  const isLink = (fileMode & 0o170000) === 0o120000;
  const stats = lstatSync(path);
  expect(storedSizes[index]).toBe(mode === 'archive' ? stats.size : 0);
  if (mode === 'archive') {
    expect(stats.mode).toBe(0o100644);
    expect(readArchiveHeader(readFileSync(path)).header).toMatchObject({ uid, gid, mode: fileMode });
    return;
  }
  if (mode === 'bare-user') {
    expect(stats.mode).toBe(isLink ? 0o100644 : (fileMode & 0o100775) | 0o400);
  } else {
    expect(stats.mode).toBe(fileMode);
  }
  if (mode === 'bare') expect([stats.uid, stats.gid]).toEqual([uid, gid]);
  if (stats.isFile()) expect(stats.mtimeMs).toBe(0);
}

