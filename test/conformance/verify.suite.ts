import { appendFileSync, chmodSync, closeSync, openSync, readFileSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import { VERIFY } from '../../src/engine/engine.ts';
import type { Engine, StoreMode, VerifyResult } from '../../src/engine/engine.ts';
import { noise } from '../support/nasty-tree.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';
import { canonical, contentPath, hexOf, ingestTree, makeStore, walkTree, writableModes } from './walked-tree.ts';

const TREE = dir({
  big: file(noise(3_000_001)),
  empty: file(''),
  link: symlink('somewhere'),
  small: file('small\n'),
});
const NAMES = ['big', 'empty', 'link', 'small'] as const;

interface Ready {
  readonly mode: StoreMode;
  readonly path: (name: (typeof NAMES)[number]) => string;
  readonly verify: () => VerifyResult;
}

/** A server whose socket lies at `path`, which may be longer than such paths can be: its directory is named shortly. */
async function listenAt(path: string): Promise<Server> {
  const [server, directory] = [createServer(), openSync(dirname(path), 'r')];
  await new Promise<void>((resolve) => {
    server.listen(`/proc/self/fd/${directory}/${basename(path)}`, resolve);
  });
  closeSync(directory);
  return server;
}

export function verifySuite(engine: Engine, scratch: Scratch): void {
  const source = scratch.fresh('source');
  writeTree(source, TREE);

  function ready(mode: StoreMode): Ready {
    const store = makeStore(scratch.fresh('store'), mode);
    const tree = canonical(walkTree(engine, source));
    const { checksums, failures } = ingestTree(engine, tree, store);
    expect(failures).toEqual([]);
    return {
      mode,
      path: (name) => join(store.path, 'objects', contentPath(mode, hexOf(checksums, NAMES.indexOf(name)))),
      verify: () => engine.verify({ source: store.target, checksums, types: new Uint8Array(NAMES.length).fill(1) }),
    };
  }

  /** Modes in which this engine can tell damage from extended attributes. */
  const modes = writableModes(engine).filter((mode) => engine.capabilities.xattrs || mode !== 'bare');

  for (const mode of modes) {
    it(`tells sound, missing, changed, truncated and grown objects apart in mode ${mode}`, () => {
      const { path, verify } = ready(mode);
      const { bytesRead, ...sound } = verify();
      expect([...sound.outcomes]).toEqual([VERIFY.ok, VERIFY.ok, VERIFY.ok, VERIFY.ok]);
      expect(bytesRead).toBeGreaterThan(2_900_000);
      unlinkSync(path('small'));
      truncateSync(path('big'), 2_000_000);
      if (mode === 'archive') writeFileSync(path('empty'), 'no header');
      else appendFileSync(path('empty'), 'grown');
      const found = verify();
      expect([...found.outcomes]).toEqual([VERIFY.corrupt, VERIFY.corrupt, VERIFY.ok, VERIFY.missing]);
      const told = found.failures.map(({ index, code }) => [index, code]);
      expect(told).toEqual(mode === 'archive' ? [[0, 'FORMAT_INVALID'], [1, 'FORMAT_INVALID']] : []);
      if (mode !== 'archive') expect(hexOf(found.actual, 0)).not.toBe(hexOf(sound.actual, 0));
      expect(hexOf(found.actual, 2)).toBe(hexOf(sound.actual, 2));
      expect(hexOf(found.actual, 3)).toBe('0'.repeat(64));
    });

    it(`finds one flipped bit in mode ${mode}`, () => {
      const { path, verify } = ready(mode);
      const bytes = readFileSync(path('big'));
      bytes[1_500_000] = (bytes[1_500_000] ?? 0) ^ 1;
      writeFileSync(path('big'), bytes);
      expect([...verify().outcomes]).toEqual([VERIFY.corrupt, VERIFY.ok, VERIFY.ok, VERIFY.ok]);
    });
  }

  it('finds a changed mode and a swapped kind in bare-user-only', () => {
    const { path, verify } = ready('bare-user-only');
    chmodSync(path('small'), 0o600);
    unlinkSync(path('link'));
    symlinkSync('elsewhere', path('link'));
    unlinkSync(path('empty'));
    symlinkSync('/dev/null', path('empty'));
    const { outcomes, failures } = verify();
    expect([...outcomes]).toEqual([VERIFY.ok, VERIFY.corrupt, VERIFY.corrupt, VERIFY.corrupt]);
    expect(failures).toEqual([]);
  });

  it('takes an object that is a directory for broken, and a header that lies for corrupt', () => {
    const { path, verify } = ready('archive');
    unlinkSync(path('empty'));
    mkdirSync(path('empty'));
    const other = readFileSync(path('small'));
    other.writeUInt32BE(7, 16); // another uid
    writeFileSync(path('small'), other);
    const huge = readFileSync(path('big'));
    huge.writeUInt32BE(0x7fff_ffff, 0); // a header of two gigabytes
    writeFileSync(path('big'), huge);
    const { outcomes, failures } = verify();
    expect([...outcomes]).toEqual([VERIFY.corrupt, VERIFY.corrupt, VERIFY.ok, VERIFY.corrupt]);
    expect(failures.map(({ index, code }) => [index, code])).toEqual([[0, 'FORMAT_INVALID'], [1, 'FORMAT_INVALID']]);
  });

  it.each(['archive', 'bare-user-only'] as const)('takes a socket in place of an object of mode %s for broken', async (mode) => {
    const { path, verify } = ready(mode);
    unlinkSync(path('empty'));
    const server = await listenAt(path('empty'));
    try {
      const { outcomes, failures } = verify();
      expect([...outcomes]).toEqual([VERIFY.ok, VERIFY.corrupt, VERIFY.ok, VERIFY.ok]);
      expect(failures).toMatchObject([{ index: 1, code: 'FORMAT_INVALID' }]);
    } finally {
      server.close();
    }
  });

  it('takes content longer or shorter than the header says for broken', () => {
    for (const size of [3_000_000, 3_000_002, 2 ** 40]) {
      const { path, verify } = ready('archive');
      const bytes = readFileSync(path('big'));
      bytes.writeBigUInt64BE(BigInt(size), 8);
      writeFileSync(path('big'), bytes);
      const { outcomes, failures } = verify();
      expect(outcomes[0], `${size}`).toBe(VERIFY.corrupt);
      expect(failures).toMatchObject([{ index: 0, code: 'FORMAT_INVALID' }]);
    }
  });

  it('verifies metadata by its bytes, in the repository and its parents', () => {
    const store = makeStore(scratch.fresh('store'), 'bare-user');
    const parent = makeStore(scratch.fresh('parent'), 'bare-user');
    const bytes = Buffer.from('any bytes');
    const checksum = engine.digest('sha256', bytes);
    const hex = Buffer.from(checksum).toString('hex');
    const put = (target: typeof store.target, extension: string): void => {
      const result = engine.store({ target, names: packNames([`${hex}.${extension}`]), bytes, ends: Uint32Array.of(bytes.length) });
      expect(result.failures).toEqual([]);
    };
    put(store.target, 'commit');
    put(parent.target, 'dirtree');
    put(store.target, 'dirmeta');
    writeFileSync(join(store.path, 'objects', hex.slice(0, 2), `${hex.slice(2)}.dirmeta`), 'other bytes');
    const source = { mode: 'bare-user', algorithm: 'sha256', objects: [...store.target.objects, ...parent.target.objects] } as const;
    const result = engine.verify({ source, checksums: Buffer.concat([checksum, checksum, checksum]), types: Uint8Array.of(4, 2, 3) });
    expect([...result.outcomes]).toEqual([VERIFY.ok, VERIFY.ok, VERIFY.corrupt]);
    expect(hexOf(result.actual, 2)).toBe(Buffer.from(engine.digest('sha256', Buffer.from('other bytes'))).toString('hex'));
    renameSync(join(store.path, 'objects'), join(store.path, 'gone'));
    const verify = () => engine.verify({ source, checksums: checksum, types: Uint8Array.of(4) });
    expect(verify).toThrowError(expect.objectContaining({ code: 'SYSTEM', facts: expect.objectContaining({ errno: 'ENOENT' }) }));
  });
}
