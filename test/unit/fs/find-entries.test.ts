import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { packNames, unpackNames } from '../../../src/base/name-list.ts';
import { isDirectory } from '../../../src/base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { findEntries } from '../../../src/fs/find-entries.ts';
import { Scratch } from '../../support/scratch.ts';

const scratch = new Scratch('unit-find-entries');
const PATH = process.env['PATH'];

afterEach(() => {
  process.env['PATH'] = PATH;
});

function makeTree(): string {
  const root = scratch.fresh('tree');
  for (const directory of ['a/b/c', 'a/é', 'two words/new\nline', 'empty', '𝒳']) mkdirSync(join(root, directory), { recursive: true });
  for (const name of ['a/b/1', 'a/b/c/ lead', 'a/é/%s\\0', 'two words/new\nline/-x', '𝒳/\u{ffff}', 'old']) writeFileSync(join(root, name), name);
  linkSync(join(root, 'a/b/1'), join(root, 'a/b/hardlink'));
  symlinkSync('/nowhere', join(root, 'a/link'));
  symlinkSync('a', join(root, 'to a directory'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  chmodSync(join(root, 'a/b/1'), 0o4711);
  chmodSync(join(root, 'empty'), 0o1777);
  utimesSync(join(root, 'old'), 1, 1.5);
  return root;
}

function emptyTree(): string {
  const root = scratch.fresh('tree');
  mkdirSync(root);
  return root;
}

/** Path to stat, as the program tells. */
async function found(root: string): Promise<Map<string, readonly number[]>> {
  const entries = new Map<string, readonly number[]>();
  const parents: string[] = [];
  const isWhole = await findEntries(root, (depth, name, stats) => {
    const path = depth === 0 ? '' : join(parents[depth - 1] ?? '?', name);
    parents[depth] = path;
    entries.set(path, [...stats]);
  }, async () => undefined);
  expect(isWhole).toBe(true);
  return entries;
}

/** The same, as the engine tells. */
function scanned(root: string, directory = ''): Map<string, readonly number[]> {
  const { listings, failures } = jsEngine.scan({ root, directories: packNames([directory]), xattrs: false });
  const [listing] = listings;
  if (listing === undefined || failures.length > 0) throw new Error(`cannot list ${directory}`);
  const entries = new Map<string, readonly number[]>([[directory, [...listing.self]]]);
  for (const [row, name] of unpackNames(listing.names).entries()) {
    const path = join(directory, name);
    const stats = [...listing.stats.subarray(row * STAT_FIELDS, (row + 1) * STAT_FIELDS)];
    entries.set(path, stats);
    if (isDirectory(stats[STAT.mode] ?? 0)) for (const [below, own] of scanned(root, path)) entries.set(below, own);
  }
  return entries;
}

describe('the program find', () => {
  it('tells what the engine tells of every entry', async () => {
    const root = makeTree();
    const truth = scanned(root);
    expect(truth.size).toBe(19);
    expect(await found(root)).toEqual(truth);
  });

  it('tells more than fits in one part', async () => {
    const root = scratch.fresh('many');
    mkdirSync(root);
    for (let n = 0; n < 3000; n++) writeFileSync(join(root, `${n}-${'x'.repeat(n % 200)}`), '');
    expect(await found(root)).toEqual(scanned(root));
  });

  it.each([
    ['absent', undefined],
    ['of another kind', 'exit 2'],
    ['killed', 'kill -9 $$'],
    ['not understood', String.raw`printf '%%%% d 755 1 2 3 4 5 2 1.1 1.1 .\0'`],
    ['not of a known type', String.raw`printf '0 x 755 1 2 3 4 5 2 1.1 1.1 .\0'`],
    ['cut off', String.raw`printf '0 d 755 1 2 3 4 5 2 1.1 1.1 .\0001 f 755'`],
  ])('tells that it has failed where it is %s', async (_, script) => {
    const bin = scratch.fresh('bin');
    mkdirSync(bin);
    if (script !== undefined) writeFileSync(join(bin, 'find'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env['PATH'] = script === undefined ? bin : `${bin}:${PATH}`;
    expect(await findEntries(emptyTree(), () => undefined, async () => undefined)).toBe(false);
  });

  it('may take a while to exit once it has said all', async () => {
    const bin = scratch.fresh('bin');
    mkdirSync(bin);
    const script = String.raw`printf '0 d 755 1 2 3 4 5 2 1.1 1.1 .\0'; exec >&-; sleep 0.2`;
    writeFileSync(join(bin, 'find'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env['PATH'] = `${bin}:${PATH}`;
    expect(await findEntries(emptyTree(), () => undefined, async () => undefined)).toBe(true);
  });

  it('is not listened to for long where it says something else', async () => {
    const bin = scratch.fresh('bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'find'), `#!/bin/sh\nexec yes\n`, { mode: 0o755 });
    process.env['PATH'] = `${bin}:${PATH}`;
    expect(await findEntries(emptyTree(), () => undefined, async () => undefined)).toBe(false);
  });

  it('tells that it has failed where the directory is gone', async () => {
    expect(await findEntries(scratch.fresh('gone'), () => undefined, async () => undefined)).toBe(false);
  });

  it('reads inode numbers that no number can hold, and any decimal point', async () => {
    const bin = scratch.fresh('bin');
    mkdirSync(bin);
    const line = String.raw`0 d 755 1 2 3 4 18446744073709551615 2 12,3456789010 1700000000,0000000070 .\0`;
    writeFileSync(join(bin, 'find'), `#!/bin/sh\nprintf '${line}'\n`, { mode: 0o755 });
    process.env['PATH'] = `${bin}:${PATH}`;
    const told: (number | string)[] = [];
    await findEntries(emptyTree(), (depth, name, stats) => told.push(depth, name, ...stats), async () => undefined);
    expect(told).toEqual([0, '.', 0o40755, 1, 2, 3, 4, 0xffff_ffff, 0xffff_ffff, 12, 345678901, 1_700_000_000, 7, 2]);
  });

  it('ends with who listens to it', async () => {
    const listening = findEntries('/', () => { throw new Error('enough'); }, async () => undefined);
    await expect(listening).rejects.toThrow('enough');
  });
});
