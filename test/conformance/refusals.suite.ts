import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { NO_XATTRS } from '../../src/engine/header.ts';
import { readXattrs, writeXattrs } from '../../src/format/object/xattrs.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, writeTree } from '../support/tree.ts';
import { ingestTree, makeStore, placeBatch, walkTree } from './walked-tree.ts';

const MISSING = expect.objectContaining({ code: 'CAPABILITY_MISSING', hint: expect.stringMatching(/--engine=native/) });

/** What an engine has no system call for it refuses, and says what helps. */
export function refusalSuite(engine: Engine, scratch: Scratch): void {
  const root = scratch.fresh('tree');
  writeTree(root, dir({ f: file('f') }));

  it.skipIf(engine.capabilities.xattrs)('refuses whatever needs extended attributes', () => {
    const tree = walkTree(engine, root);
    const bareUser = makeStore(scratch.fresh('store'), 'bare-user');
    const archive = makeStore(scratch.fresh('store'), 'archive');
    const split = { ...bareUser, target: { ...bareUser.target, mode: 'bare-split-xattrs' as const } };
    const place = placeBatch(tree, bareUser, new Uint8Array(32), root);
    const source = bareUser.target;
    const calls: readonly (() => unknown)[] = [
      () => engine.scan({ root, directories: packNames(['']), xattrs: true }),
      () => ingestTree(engine, tree, archive, { xattrs: 'read' }),
      () => ingestTree(engine, tree, archive, { xattrs: 'read', action: 'hash' }),
      () => ingestTree(engine, tree, bareUser),
      () => ingestTree(engine, tree, makeStore(scratch.fresh('store'), 'bare'), { addedXattrs: Buffer.from('x'), addedXattrEnds: Uint32Array.of(1) }),
      () => ingestTree(engine, tree, split),
      () => engine.place(place),
      () => engine.verify({ source, checksums: new Uint8Array(32), types: Uint8Array.of(1) }),
      () => engine.readXattrs(root),
      () => engine.writeXattrs(root, Buffer.from('x')),
      () => engine.removeXattrs(root, Buffer.from('x')),
    ];
    for (const call of calls) expect(call).toThrowError(MISSING);
    expect(() => engine.writeXattrs(root, NO_XATTRS)).not.toThrow();
    expect(() => engine.removeXattrs(root, NO_XATTRS)).not.toThrow();
  });

  it.skipIf(engine.capabilities.xattrs)('refuses directory attributes that it would lose, one by one', () => {
    const path = scratch.fresh('directories');
    mkdirSync(join(path, 'a'), { recursive: true });
    const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0, 0o040755];
    const { failures } = engine.finishDirectories({
      root: path,
      directories: packNames(['a', '']),
      attributes: Uint32Array.from([...ids, ...ids]),
      xattrs: [Buffer.from('some'), NO_XATTRS],
      userMode: false,
      resetMtime: true,
      sync: false,
    });
    expect(failures).toMatchObject([{ index: 0, code: 'CAPABILITY_MISSING' }]);
  });

  it.skipIf(engine.capabilities.recordLocks)('refuses record locks, device nodes and syncfs', () => {
    const calls: readonly (() => unknown)[] = [
      () => engine.tryLock(join(root, 'lock'), 'shared'),
      () => engine.makeDevice(join(root, 'null'), 0o666, 1, 3),
      () => engine.syncFileSystem(root),
    ];
    for (const call of calls) expect(call).toThrowError(MISSING);
  });

  it.skipIf(!engine.capabilities.recordLocks)('takes record locks that exclude each other', () => {
    const path = scratch.fresh('lock');
    const first = engine.tryLock(path, 'shared');
    const second = engine.tryLock(path, 'shared');
    expect([first, second]).not.toContain(undefined);
    expect(engine.tryLock(path, 'exclusive')).toBeUndefined();
    engine.unlock(first!);
    closeSync(openSync(path, 'r')); // closing another descriptor must not lose the lock
    expect(engine.tryLock(path, 'exclusive')).toBeUndefined();
    engine.unlock(second!);
    const alone = engine.tryLock(path, 'exclusive');
    expect(alone).toBeDefined();
    expect(engine.tryLock(path, 'shared')).toBeUndefined();
    engine.unlock(alone!);
  });

  it.skipIf(!engine.capabilities.xattrs)('writes extended attributes, reads them back and removes those named', () => {
    const path = scratch.fresh('xattrs');
    writeFileSync(path, '');
    expect(engine.readXattrs(path).length).toBe(0);
    // user.aa=22, user.zz=1 as libostree serialises them
    const list = Buffer.from('757365722e616100323208757365722e7a7a0031080b15', 'hex');
    engine.writeXattrs(path, list);
    expect(Buffer.from(engine.readXattrs(path)).toString('hex')).toBe(list.toString('hex'));
    // user.aa and one that is absent
    const named = writeXattrs([{ name: 'user.aa', value: NO_XATTRS }, { name: 'user.absent', value: NO_XATTRS }]);
    engine.removeXattrs(path, named);
    expect(readXattrs(engine.readXattrs(path)).map(({ name }) => name)).toEqual(['user.zz']);
    expect(() => engine.removeXattrs(join(root, 'absent'), named)).toThrowError(expect.objectContaining({ code: 'SYSTEM' }));
    expect(() => engine.readXattrs(join(root, 'absent'))).toThrowError(expect.objectContaining({ code: 'SYSTEM' }));
  });

  it('shares no blocks of files that differ, and changes none', () => {
    const folder = scratch.fresh('share');
    mkdirSync(folder);
    const [one, other, longer] = [join(folder, 'one'), join(folder, 'other'), join(folder, 'longer')];
    writeFileSync(one, 'same size');
    writeFileSync(other, 'size same');
    writeFileSync(longer, 'same size and more');
    for (const target of [other, longer]) expect(engine.shareBlocks(one, target)).toBe(false);
    expect(readFileSync(other, 'utf8')).toBe('size same');
    if (engine.name === 'native') expect(() => engine.shareBlocks(one, join(folder, 'absent'))).toThrowError(expect.objectContaining({ code: 'SYSTEM' }));
  });

  it.skipIf(!engine.capabilities.syncfs)('flushes a file system', () => {
    expect(() => engine.syncFileSystem(root)).not.toThrow();
    expect(() => engine.syncFileSystem(join(root, 'absent'))).toThrowError(expect.objectContaining({ code: 'SYSTEM' }));
  });
}
