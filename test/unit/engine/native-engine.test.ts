import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packNames, unpackNames } from '../../../src/base/name-list.ts';
import { isDirectory, isRegular } from '../../../src/base/unix-mode.ts';
import { INGEST, PLACE, STAT, STAT_FIELDS, VERIFY } from '../../../src/engine/engine.ts';
import type { DirectoryListing, Engine, IngestBatch, PlaceBatch, StoreMode } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { describeTree } from '../../support/inodes.ts';
import type { Inode } from '../../support/inodes.ts';
import { nastyTree } from '../../support/nasty-tree.ts';
import { loadNativeEngine } from '../../support/native-engine.ts';
import { Scratch } from '../../support/scratch.ts';
import { writeTree } from '../../support/tree.ts';

const SOURCES = fileURLToPath(new URL('../../../native/src', import.meta.url));

const loaded = loadNativeEngine('the native engine');
const referee = spawnSync('ostree', ['--version']).status === 0 && process.getuid?.() === 0;
if (!referee) process.stderr.write('SKIPPED: the native engine against ostree: needs root and ostree\n');

/** A tree as `scan` sees it: every directory, and every file with its place. */
interface Walked {
  readonly directories: readonly string[];
  readonly directoryAttributes: readonly number[];
  readonly directoryXattrs: readonly Uint8Array[];
  readonly files: readonly { readonly directory: number; readonly name: string; readonly attributes: readonly number[] }[];
}

function attributesOf(stats: Float64Array, index: number): number[] {
  const at = (field: number): number => stats[index * STAT_FIELDS + field] ?? 0;
  return [at(STAT.uid), at(STAT.gid), at(STAT.mode)];
}

function walk(engine: Engine, root: string): Walked {
  const directories = [''];
  const listings: DirectoryListing[] = [];
  const files: { directory: number; name: string; attributes: number[] }[] = [];
  for (let at = 0; at < directories.length; at++) {
    const parent = directories[at] ?? '';
    const { listings: [listing], failures } = engine.scan({ root, directories: packNames([parent]), xattrs: true });
    expect(failures).toEqual([]);
    if (listing === undefined) throw new Error('no listing');
    listings.push(listing);
    unpackNames(listing.names).forEach((name, index) => {
      const attributes = attributesOf(listing.stats, index);
      if (isDirectory(attributes[2] ?? 0)) directories.push(parent === '' ? name : `${parent}/${name}`);
      else files.push({ directory: at, name, attributes });
    });
  }
  return {
    directories,
    directoryAttributes: listings.flatMap((listing) => attributesOf(listing.self, 0)),
    directoryXattrs: listings.map((listing) => listing.xattrs),
    files,
  };
}

/** What libostree makes of attributes for a bare-user-only repository. */
function canonical([, , mode = 0]: readonly number[]): number[] {
  return [0, 0, isRegular(mode) ? (mode & 0o170000) | (mode & 0o755) : mode];
}

function freshRepo(path: string): string {
  for (const name of ['objects', 'tmp', 'staging']) mkdirSync(join(path, name), { recursive: true });
  return path;
}

function ingestBatch(root: string, walked: Walked, repo: string, mode: StoreMode, visible: boolean): IngestBatch {
  const userOnly = mode === 'bare-user-only';
  return {
    root,
    directories: packNames(walked.directories),
    directoryIndex: Uint32Array.from(walked.files, (file) => file.directory),
    names: packNames(walked.files.map((file) => file.name)),
    attributes: Uint32Array.from(walked.files.flatMap(({ attributes }) => (userOnly ? canonical(attributes) : attributes))),
    sizes: new Float64Array(walked.files.length),
    xattrs: userOnly ? 'none' : 'read',
    action: 'store',
    consume: false,
    target: {
      mode,
      algorithm: 'sha256',
      objects: [join(repo, 'objects')],
      destination: join(repo, visible ? 'objects' : 'staging'),
      visible,
      tmp: join(repo, 'tmp'),
      zlibLevel: 6,
      syncEach: visible,
    },
  };
}

function publishAll(engine: Engine, repo: string): void {
  const prefixes = packNames(readdirSync(join(repo, 'staging')));
  const { failures } = engine.publish({ staging: join(repo, 'staging'), objects: join(repo, 'objects'), prefixes, sync: true });
  expect(failures).toEqual([]);
}

/** Content objects, without what differs from run to run. */
function contentObjects(objects: string): unknown[] {
  return describeTree(objects, { filez: true })
    .filter(({ path }) => /\.filez?$/.test(path))
    .map(comparable);
}

function comparable({ inode: _inode, links: _links, mtimeNanos, size, ...rest }: Inode): unknown {
  const packed = rest.path.endsWith('z');
  return { ...rest, mtime: mtimeNanos === '0' ? 0 : 'now', size: packed ? 'packed' : size };
}

function ostree(...words: string[]): void {
  const { status, stderr } = spawnSync('ostree', words, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
}

function ostreeCommit(repo: string, mode: StoreMode, tree: string): void {
  const canonicalFlags = mode === 'bare-user-only' ? ['--canonical-permissions', '--no-xattrs'] : [];
  ostree(`--repo=${repo}`, 'init', `--mode=${mode}`);
  ostree(`--repo=${repo}`, 'commit', '-b', 'main', `--tree=dir=${tree}`, ...canonicalFlags);
}

const WRITABLE: readonly StoreMode[] = ['bare', 'bare-user', 'bare-user-only', 'archive'];

describe.skipIf(loaded === undefined || !referee)('the native engine beside ostree', () => {
  const engine = loaded ?? jsEngine;
  const scratch = new Scratch('native');
  const tree = scratch.fresh('tree');
  writeTree(tree, nastyTree({ crowd: 300, sparseBytes: 20_000_000 }));
  const walked = walk(engine, tree);
  const repos = new Map(
    WRITABLE.map((mode) => {
      const repo = scratch.fresh(mode);
      ostreeCommit(repo, mode, tree);
      return [mode, repo];
    }),
  );

  for (const mode of WRITABLE) {
    for (const visible of [false, true]) {
      it(`writes the same objects in mode ${mode}${visible ? ', straight into objects' : ''}`, () => {
        const repo = freshRepo(scratch.fresh('repo'));
        const result = engine.ingest(ingestBatch(tree, walked, repo, mode, visible));
        expect(result.failures).toEqual([]);
        if (!visible) publishAll(engine, repo);
        expect(readdirSync(join(repo, 'tmp'))).toEqual([]);
        expect(contentObjects(join(repo, 'objects'))).toEqual(contentObjects(join(repos.get(mode) ?? '', 'objects')));
        const again = engine.ingest(ingestBatch(tree, walked, repo, mode, visible));
        expect(again.outcomes.every((outcome) => outcome === INGEST.existed)).toBe(true);
        expect(again.checksums).toEqual(result.checksums);
      });
    }

    it(`finds every object of a repository in mode ${mode} sound`, () => {
      const repo = repos.get(mode) ?? '';
      const { checksums, types } = listObjects(join(repo, 'objects'));
      const source = { mode, algorithm: 'sha256', objects: [join(repo, 'objects')] } as const;
      const { outcomes, actual, failures } = engine.verify({ source, checksums, types });
      expect(failures).toEqual([]);
      expect(outcomes.every((outcome) => outcome === VERIFY.ok)).toBe(true);
      expect(Buffer.from(actual).equals(checksums)).toBe(true);
    });

    for (const flags of [[], ['-U'], ['-C'], ['-U', '-C']]) {
      it(`checks out of mode ${mode} as checkout ${flags.join(' ')}`, () => {
        const repo = repos.get(mode) ?? '';
        const [theirs, ours] = [scratch.fresh('theirs'), scratch.fresh('ours')];
        ostree(`--repo=${repo}`, 'checkout', ...flags, 'main', theirs);
        const cache = scratch.fresh('cache');
        mkdirSync(cache);
        checkOut(engine, { repo, mode, ours, tree, walked, flags, cache });
        expect(look(ours)).toEqual(look(theirs));
        const caches = mode === 'archive' && flags.join() === '-U';
        const theirCache = caches ? look(join(repo, 'uncompressed-objects-cache')).slice(1) : [];
        expect(look(cache).slice(1)).toEqual(theirCache);
      });
    }
  }

  it('verifies what it cannot know to be sound', () => {
    const repo = scratch.fresh('broken');
    ostreeCommit(repo, 'archive', tree);
    const { checksums, types, paths } = listObjects(join(repo, 'objects'));
    const damage = (extension: string, change: (bytes: Buffer) => Buffer): number => {
      const at = paths.findIndex((path) => path.endsWith(extension) && !damaged.has(path) && readFileSync(path).length > 400);
      const path = paths[at] ?? '';
      damaged.add(path);
      writeFileSync(path, change(readFileSync(path)));
      return at;
    };
    const damaged = new Set<string>();
    const flip = damage('.dirtree', (bytes) => Buffer.concat([bytes, Buffer.from([0])]));
    const garbage = damage('.filez', (bytes) => Buffer.concat([bytes, Buffer.from('garbage')]));
    const short = damage('.filez', (bytes) => bytes.subarray(0, -3));
    const header = damage('.filez', (bytes) => bytes.subarray(0, 7));
    const source = { mode: 'archive', algorithm: 'sha256', objects: [join(repo, 'objects')] } as const;
    const { outcomes, failures } = engine.verify({ source, checksums, types });
    const corrupt = [...outcomes].flatMap((outcome, index) => (outcome === VERIFY.corrupt ? [index] : []));
    expect(corrupt).toEqual([flip, garbage, short, header].toSorted((a, b) => a - b));
    expect(failures.map(({ index, code }) => [index, code])).toEqual(
      [garbage, short, header].toSorted((a, b) => a - b).map((index) => [index, 'FORMAT_INVALID']),
    );
  });
});

interface Listed {
  readonly checksums: Buffer;
  readonly types: Uint8Array;
  readonly paths: readonly string[];
}

function listObjects(objects: string): Listed {
  const names = readdirSync(objects).flatMap((prefix) => readdirSync(join(objects, prefix)).map((name) => `${prefix}/${name}`));
  const types = new Map([['file', 1], ['filez', 1], ['dirtree', 2], ['dirmeta', 3], ['commit', 4]]);
  const hex = names.map((name) => name.replace('/', '').slice(0, 64)).join('');
  return {
    checksums: Buffer.from(hex, 'hex'),
    types: Uint8Array.from(names, (name) => types.get(name.split('.')[1] ?? '') ?? 0),
    paths: names.map((name) => join(objects, name)),
  };
}

interface CheckoutJob {
  readonly repo: string;
  readonly mode: StoreMode;
  readonly ours: string;
  readonly tree: string;
  readonly walked: Walked;
  readonly flags: readonly string[];
  readonly cache: string;
}

function checkOut(engine: Engine, job: CheckoutJob): void {
  const { mode, ours, walked, flags } = job;
  const userMode = flags.includes('-U') || mode === 'bare-user-only';
  const made = engine.makeDirectories({ root: ours, directories: packNames(walked.directories), mayExist: false });
  expect(made.failures).toEqual([]);
  const placed = engine.place(placeBatch(engine, job, userMode));
  expect(placed.failures).toEqual([]);
  const deepestFirst = walked.directories.map((name, index) => ({ name, index })).toReversed();
  const attributes = deepestFirst.flatMap(({ index }) => {
    const [uid = 0, gid = 0, permissions = 0] = walked.directoryAttributes.slice(index * 3, index * 3 + 3);
    return mode === 'bare-user-only' ? [0, 0, (permissions & 0o170000) | (permissions & 0o755)] : [uid, gid, permissions];
  });
  const finished = engine.finishDirectories({
    root: ours,
    directories: packNames(deepestFirst.map(({ name }) => name)),
    attributes: Uint32Array.from(attributes),
    xattrs: deepestFirst.map(({ index }) => walked.directoryXattrs[index] ?? new Uint8Array()),
    userMode,
    resetMtime: !flags.includes('-C'),
    sync: false,
  });
  expect(finished.failures).toEqual([]);
}

function placeBatch(engine: Engine, { repo, mode, ours, tree, walked, flags, cache }: CheckoutJob, userMode: boolean): PlaceBatch {
  const hashed = engine.ingest({ ...ingestBatch(tree, walked, repo, mode, true), action: 'hash' });
  expect(hashed.failures).toEqual([]);
  return {
    source: { mode, algorithm: 'sha256', objects: [join(repo, 'objects')] },
    root: ours,
    directories: packNames(walked.directories),
    directoryIndex: Uint32Array.from(walked.files, (file) => file.directory),
    names: packNames(walked.files.map((file) => file.name)),
    checksums: hashed.checksums,
    userMode,
    link: flags.includes('-C') ? 'never' : 'try',
    overwrite: 'none',
    copyZeroSized: true,
    syncEach: false,
    cache: mode === 'archive' && userMode ? cache : '',
  };
}

function look(path: string): unknown[] {
  return describeTree(path).map(placedLook);
}

/** What a checkout shows; links are counted as one or more, times as the epoch or not. */
function placedLook({ inode: _inode, links, mtimeNanos, size, kind, ...rest }: Inode): unknown {
  const dir = kind === 'dir';
  return { ...rest, kind, size: dir ? 0 : size, linked: !dir && links > 1, epoch: mtimeNanos === '0' };
}

describe.skipIf(loaded === undefined)('the native engine', () => {
  const engine = loaded ?? jsEngine;
  const scratch = new Scratch('native-alone');

  it('knows only error codes that base/errors names', () => {
    const known = readFileSync(fileURLToPath(new URL('../../../src/base/errors.ts', import.meta.url)), 'utf8');
    const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.rs'));
    const text = sources.map((name) => readFileSync(join(SOURCES, name), 'utf8')).join('\n');
    const codes = [...text.matchAll(/(?:told|with_code)\(\s*"([A-Z_]+)"/g)].map((match) => match[1] ?? '');
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(known).toContain(`'${code}'`);
  });

  it('tells a batch that is impossible as an error with its code', () => {
    const batch = { root: '/nonexistent/root', directories: packNames(['']), xattrs: false };
    const message = 'openat(/nonexistent/root): No such file or directory';
    expect(() => engine.scan(batch)).toThrow(expect.objectContaining({ code: 'SYSTEM', message }));
    expect(() => engine.chunkEnds(new Uint8Array(9), { minimum: 1, average: 3, maximum: 9 })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
    expect(() => engine.inflateRaw(Uint8Array.of(3, 0), 1)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('has the same kernels as the js engine', () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 65_535, 65_536, 65_537, 1_048_577]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * index) >> 3);
      for (const algorithm of ['sha256', 'blake3'] as const) {
        expect(Buffer.compare(engine.digest(algorithm, bytes, bytes), jsEngine.digest(algorithm, bytes, bytes))).toBe(0);
        const ends = Uint32Array.of(length >> 1, length);
        expect(engine.digestMany(algorithm, bytes, ends)).toEqual(jsEngine.digestMany(algorithm, bytes, ends));
      }
      expect(Buffer.compare(jsEngine.inflateRaw(engine.deflateRaw(bytes, 6), length), bytes)).toBe(0);
      expect(Buffer.compare(engine.inflateRaw(jsEngine.deflateRaw(bytes, 6), length), bytes)).toBe(0);
      const bounds = { minimum: 64, average: 256, maximum: 2048 };
      expect(engine.chunkEnds(bytes, bounds)).toEqual(jsEngine.chunkEnds(bytes, bounds));
    }
  });

  it('moves consumed files into the store or removes them', () => {
    for (const mode of ['bare', 'bare-user-only', 'archive'] as const) {
      const [tree, repo] = [scratch.fresh('tree'), freshRepo(scratch.fresh('repo'))];
      mkdirSync(tree);
      writeFileSync(join(tree, 'a'), 'same');
      writeFileSync(join(tree, 'b'), 'same');
      writeFileSync(join(tree, 'c'), 'other');
      chmodSync(join(tree, 'c'), 0o600);
      const before = describeTree(tree).find(({ path }) => path === 'c')?.inode;
      const batch = ingestBatch(tree, walk(engine, tree), repo, mode, false);
      const { outcomes, failures } = engine.ingest({ ...batch, consume: true });
      expect(failures).toEqual([]);
      expect([...outcomes]).toEqual([INGEST.stored, INGEST.existed, INGEST.stored]);
      expect(readdirSync(tree)).toEqual([]);
      const inodes = describeTree(join(repo, 'staging')).map(({ inode }) => inode);
      expect(inodes.includes(before ?? '')).toBe(mode !== 'archive');
    }
  });

  it('tells files that are no content and names that leave the directory', () => {
    const [tree, repo] = [scratch.fresh('tree'), freshRepo(scratch.fresh('repo'))];
    mkdirSync(join(tree, 'd'), { recursive: true });
    const walked: Walked = {
      directories: ['', 'd/..'],
      directoryAttributes: [],
      directoryXattrs: [],
      files: [
        { directory: 0, name: 'd', attributes: [0, 0, 0o100644] },
        { directory: 0, name: 'gone', attributes: [0, 0, 0o100644] },
        { directory: 0, name: 'd', attributes: [0, 0, 0o120777] },
        { directory: 0, name: '../x', attributes: [0, 0, 0o100644] },
        { directory: 1, name: 'x', attributes: [0, 0, 0o100644] },
        { directory: 0, name: 'd', attributes: [0, 0, 0o010644] },
        { directory: 7, name: 'd', attributes: [0, 0, 0o100644] },
      ],
    };
    const { failures, outcomes } = engine.ingest(ingestBatch(tree, walked, repo, 'archive', false));
    const codes = ['FILE_CHANGED', 'SYSTEM', 'FILE_CHANGED', 'PATH_INVALID', 'PATH_INVALID', 'FILE_TYPE_UNSUPPORTED', 'INTERNAL'];
    expect(failures.map(({ code }) => code)).toEqual(codes);
    expect(failures[1]).toEqual({
      index: 1,
      code: 'SYSTEM',
      errno: 'ENOENT',
      syscall: 'openat',
      path: join(tree, 'gone'),
      message: 'No such file or directory',
    });
    expect(outcomes.every((outcome) => outcome === INGEST.failed)).toBe(true);
  });

  it('writes metadata objects once', () => {
    const repo = freshRepo(scratch.fresh('repo'));
    const { target } = ingestBatch('/', { directories: [], directoryAttributes: [], directoryXattrs: [], files: [] }, repo, 'archive', false);
    const names = packNames([`${'ab'.repeat(32)}.dirtree`, `${'cd'.repeat(32)}.commit`, '../x.commit']);
    const batch = { target, names, bytes: Buffer.from('onetwothree'), ends: Uint32Array.of(3, 6, 11) };
    expect([...engine.store(batch).outcomes]).toEqual([INGEST.stored, INGEST.stored, INGEST.failed]);
    expect([...engine.store(batch).outcomes]).toEqual([INGEST.existed, INGEST.existed, INGEST.failed]);
    expect(readFileSync(join(repo, 'staging', 'cd', `${'cd'.repeat(31)}.commit`), 'utf8')).toBe('two');
  });

  it('keeps exclusive and shared locks apart and lets each go once', () => {
    const path = join(scratch.path, '.lock');
    const shared = engine.tryLock(path, 'shared');
    expect(engine.tryLock(path, 'exclusive')).toBeUndefined();
    if (shared === undefined) throw new Error('no lock');
    engine.unlock(shared);
    expect(() => { engine.unlock(shared); }).toThrow('a lock that is not held was released');
    const exclusive = engine.tryLock(path, 'exclusive');
    expect(engine.tryLock(path, 'shared')).toBeUndefined();
    if (exclusive !== undefined) engine.unlock(exclusive);
    expect(existsSync(path)).toBe(true);
  });

  it('places by each overwrite policy', () => {
    const [tree, repo] = [scratch.fresh('tree'), freshRepo(scratch.fresh('repo'))];
    mkdirSync(tree);
    writeFileSync(join(tree, 'f'), 'object');
    const walked = walk(engine, tree);
    const mode = 'bare-user-only';
    engine.ingest(ingestBatch(tree, walked, repo, mode, true));
    const place = (ours: string, overwrite: PlaceBatch['overwrite'], link: PlaceBatch['link']): readonly [number, string, string] => {
      const batch = placeBatch(engine, { repo, mode, ours, tree, walked, flags: [], cache: '' }, true);
      const { outcomes, failures } = engine.place({ ...batch, overwrite, link });
      return [outcomes[0] ?? -1, failures[0]?.errno ?? '', readFileSync(join(ours, 'f'), 'utf8')];
    };
    for (const link of ['never', 'try', 'require'] as const) {
      const ours = scratch.fresh('ours');
      mkdirSync(ours);
      const done = link === 'never' ? PLACE.copied : PLACE.linked;
      expect(place(ours, 'none', link)).toEqual([done, '', 'object']);
      expect(place(ours, 'none', link)).toEqual([PLACE.failed, 'EEXIST', 'object']);
      expect(place(ours, 'identical', link)).toEqual([PLACE.kept, '', 'object']);
      const again = link === 'never' ? PLACE.copied : PLACE.kept; // a link of the object stays
      expect(place(ours, 'union', link)).toEqual([again, '', 'object']);
      expect(readdirSync(ours)).toEqual(['f']);
      const other = scratch.fresh('other');
      mkdirSync(other);
      writeFileSync(join(other, 'f'), 'OBJECT');
      expect(place(other, 'identical', link)).toEqual([PLACE.failed, 'EEXIST', 'OBJECT']);
      expect(place(other, 'add', link)).toEqual([PLACE.kept, '', 'OBJECT']);
      expect(place(other, 'union', link)).toEqual([done, '', 'object']);
    }
  });
});
