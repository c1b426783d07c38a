import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packNames, unpackNames } from '../../src/base/name-list.ts';
import { STAT, STAT_FIELDS } from '../../src/engine/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';

/** In the order of their UTF-8 bytes, which is not that of UTF-16. */
const SORTED = ['Z', 'a', 'a-b', 'a.b', 'aa', 'é', '\ue000', '\uffee', '\ufffd', '\u{10000}', '\u{1f333}'];

function field(stats: Float64Array, index: number, which: number): number {
  return stats[index * STAT_FIELDS + which] ?? -1;
}

export function scanSuite(engine: Engine, scratch: Scratch): void {
  it('sorts names by their bytes', () => {
    const root = scratch.fresh('names');
    writeTree(root, dir(Object.fromEntries(SORTED.toReversed().map((name) => [name, file()]))));
    const { listings, failures } = engine.scan({ root, directories: packNames(['']), xattrs: false });
    expect(failures).toEqual([]);
    expect(unpackNames(listings[0]!.names)).toEqual(SORTED);
  });

  it('gives what lstat gives, to the nanosecond', () => {
    const root = scratch.fresh('stats');
    const old = { mtimeSeconds: -12_345 };
    writeTree(root, dir({ d: dir({ f: file('content', { mode: 0o640 }), l: symlink('f'), old: file('old', old), sub: dir() }) }));
    const { listings } = engine.scan({ root, directories: packNames(['', 'd', 'd/sub']), xattrs: false });
    const { names, stats, self } = listings[1]!;
    for (const [index, name] of [...unpackNames(names).entries(), [-1, ''] as const]) {
      const [found, at] = index < 0 ? [self, 0] : [stats, index];
      const real = lstatSync(join(root, 'd', name), { bigint: true });
      const seen = Object.fromEntries(Object.entries(STAT).map(([key, which]) => [key, field(found, at, which)]));
      expect(seen, name).toMatchObject({ mode: Number(real.mode), uid: Number(real.uid), gid: Number(real.gid), size: Number(real.size), device: Number(real.dev), links: Number(real.nlink) });
      expect((BigInt(seen['inodeHigh']!) << 32n) + BigInt(seen['inodeLow']!)).toBe(real.ino);
      expect(BigInt(seen['mtimeSeconds']!) * 1_000_000_000n + BigInt(seen['mtimeNanos']!)).toBe(real.mtimeNs);
      expect(BigInt(seen['ctimeSeconds']!) * 1_000_000_000n + BigInt(seen['ctimeNanos']!)).toBe(real.ctimeNs);
    }
    expect(field(stats, 2, STAT.mtimeSeconds)).toBe(-12_345);
    expect(unpackNames(listings[2]!.names)).toEqual([]);
  });

  it('tells a name that is not UTF-8, by directory', () => {
    const root = scratch.fresh('foreign');
    mkdirSync(join(root, 'good'), { recursive: true });
    mkdirSync(join(root, 'bad'));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad/`), Buffer.of(0xff, 0x41)]), '');
    writeFileSync(join(root, 'good', '\ufffd'), '');
    const { listings, failures } = engine.scan({ root, directories: packNames(['bad', 'good', 'absent', 'good/\ufffd']), xattrs: false });
    expect(failures.map(({ index, code }) => [index, code])).toEqual([[0, 'PATH_INVALID'], [2, 'SYSTEM'], [3, 'SYSTEM']]);
    expect(failures.map(({ errno }) => errno)).toEqual(['', 'ENOENT', 'ENOTDIR']);
    expect(listings.map(({ names }) => names)).toEqual(['', '\ufffd\0', '', '']);
    expect(readdirSync(join(root, 'good'))).toEqual(['\ufffd']);
  });

  it('lists a directory of ten thousand entries', () => {
    const root = scratch.fresh('crowd');
    mkdirSync(root);
    for (let index = 0; index < 10_000; index++) writeFileSync(join(root, `file-${index}`), '');
    const { listings } = engine.scan({ root, directories: packNames(['']), xattrs: false });
    const names = unpackNames(listings[0]!.names);
    expect(names.length).toBe(10_000);
    expect(names).toEqual(names.toSorted());
    expect(listings[0]!.stats.length).toBe(10_000 * STAT_FIELDS);
  });
}
