import { existsSync, linkSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CoppiceError } from '../../../../src/base/errors.ts';
import { parseRelativePath } from '../../../../src/base/relative-path.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { checkoutTree } from '../../../../src/ops/checkout/index.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import type { CommitOptions } from '../../../../src/ops/commit/index.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { cachePath } from '../../../../src/repo/layout.ts';
import { decodeRecord } from '../../../../src/repo/stat-index/directory-record.ts';
import { IndexFile } from '../../../../src/repo/stat-index/index-file.ts';
import { describeTree } from '../../../support/inodes.ts';
import { nastyTree } from '../../../support/nasty-tree.ts';
import { contextOf, loadNativeEngine } from '../../../support/native-engine.ts';
import { Scratch } from '../../../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../../../support/tree.ts';

const scratch = new Scratch('unit-write-whole-tree');
const MODES = ['bare', 'bare-user', 'bare-user-only', 'archive'] as const;
type Mode = (typeof MODES)[number];

/** The engine, made to be asked for batch after batch. */
function stepwise({ ingestTree: _itself, ingestDirectories: _byDirectory, ...rest }: Engine): Engine {
  return rest;
}

function makeRepo(mode: Mode, algorithm: 'sha256' | 'blake3' = 'sha256'): string {
  const repo = scratch.fresh(mode);
  createRepo(repo, { mode, algorithm });
  return repo;
}

/** All that can be seen of the objects but what the clock has a part in. */
function objectsOf(repo: string): unknown[] {
  return describeTree(join(repo, 'objects'))
    .filter(({ kind }) => kind !== 'dir')
    .map(({ path, kind, mode, uid, gid, size, target, digest, xattrs }) => ({ path, kind, mode, uid, gid, size, target, digest, xattrs }));
}

/** What the stat index remembers of each of the directories; times of the commit itself left out. */
function remembered(repo: string, directories: readonly string[]): unknown[] {
  const folder = join(cachePath(repo), 'coppice-stat-index');
  const [name = ''] = readdirSync(folder);
  const index = IndexFile.open(join(folder, name));
  return directories.map((path) => {
    const payload = index?.read(parseRelativePath(path))?.payload;
    const record = payload === undefined ? undefined : decodeRecord(payload);
    return record === undefined ? path : { ...record, listedAtMilliseconds: 0 };
  });
}

/** Which file the stat index is: an unchanged tree leaves it where it is. */
function indexInode(repo: string): number {
  const folder = join(cachePath(repo), 'coppice-stat-index');
  const [name = ''] = readdirSync(folder);
  return statSync(join(folder, name)).ino;
}

function directoriesOf(source: string): string[] {
  return ['', ...describeTree(source).filter(({ kind }) => kind === 'dir').map(({ path }) => path)];
}

const native = loadNativeEngine('whole commits of the native engine');

describe.skipIf(native === undefined)('a whole commit by the engine', () => {
  const engine = native ?? jsEngine;

  async function commit(repo: string, source: string, options: CommitOptions & { readonly by?: Engine } = {}) {
    const { by = engine, ...rest } = options;
    const fixed = { branch: 'm', timestampSeconds: 1n, parent: 'none', ...rest } as const;
    return commitTree(contextOf(repo, by), [{ kind: 'directory', path: source }], fixed);
  }

  /** Commits twice into fresh repositories, in whole and batch after batch; both have to give the same. */
  async function compared(mode: Mode, source: string, options: CommitOptions = {}): Promise<[string, string]> {
    const [whole, stepped] = [makeRepo(mode), makeRepo(mode)];
    const one = await commit(whole, source, options);
    const other = await commit(stepped, source, { ...options, by: stepwise(engine) });
    expect(one).toEqual(other);
    expect(objectsOf(whole)).toEqual(objectsOf(stepped));
    return [whole, stepped];
  }

  for (const mode of MODES) {
    it(`gives what batch after batch gives, in ${mode}`, async () => {
      const source = scratch.fresh('source');
      writeTree(source, nastyTree({ sparseBytes: 3_000_000, crowd: 700 }));
      const canonical = mode === 'bare-user-only';
      const variants = canonical ? [{}] : [{}, { ownerUid: 7, ownerGid: 8 }, { readOnlyExecutables: true, noXattrs: true }, { canonicalPermissions: true }];
      for (const modifier of variants) {
        const repos = await compared(mode, source, { modifier });
        const [whole, stepped] = repos.map((repo) => remembered(repo, directoriesOf(source)));
        expect(whole).toEqual(stepped);
        for (const repo of repos) rmSync(repo, { recursive: true });
      }
    }, 120_000);
  }

  it.each(['bare', 'bare-user', 'bare-user-only'] as const)('takes hardlinks into the repository as batch after batch does, in %s', async (mode) => {
    const source = scratch.fresh('source');
    const files = Object.fromEntries(Array.from({ length: 1500 }, (_, each) => [`f${each}`, file(`${each}`)]));
    writeTree(source, dir({ ...files, below: dir({ deep: dir(files) }), link: symlink('f1') }));
    const [outcomes, repos] = [[] as unknown[], [makeRepo(mode), makeRepo(mode)]];
    for (const [at, by] of [engine, stepwise(engine)].entries()) {
      const repo = repos[at] ?? '';
      const { checksum: parent } = await commit(repo, source);
      const destination = scratch.fresh('work');
      await checkoutTree(contextOf(repo, engine), { commit: parent, destination }, { userMode: mode !== 'bare', requireHardlinks: true });
      rmSync(join(destination, 'f7'));
      writeFileSync(join(destination, 'f7'), 'changed');
      renameSync(join(destination, 'f8'), join(destination, 'below/moved'));
      linkSync(join(destination, 'f7'), join(destination, 'again')); // two links, but none into the repository
      for (const useIndex of [true, true, false]) {
        outcomes.push(await commit(repo, destination, { by, useIndex, hardlinks: 'always', timestampSeconds: 2n }));
      }
    }
    expect(outcomes.slice(0, 3)).toEqual(outcomes.slice(3));
    expect(outcomes[0]).toMatchObject({ contentWritten: 1, filesRead: mode === 'bare' ? 2 : 3 });
    expect(objectsOf(repos[0] ?? '')).toEqual(objectsOf(repos[1] ?? ''));
  });

  /** Rules of every kind for a tree with `makeRuled`. */
  const ruling = {
    skip: new Set(['/left', '/d/left', '/d/pipe', '/l']),
    modeAdditions: new Map([['/', 0o1000], ['/a', 0o4000], ['/d', 0o2000], ['/d/both', 0o4000], ['/left', 0o1]]),
    modeOverrides: new Map([['/b', 0o4711], ['/d/both', 0o600], ['/e', 0o700], ['/e/link', 0o755], ['/nowhere', 0o1]]),
  };

  function makeRuled(): string {
    const source = scratch.fresh('source');
    const d = dir({ a: file('x'), both: file('y'), left: file('z'), deep: dir({ b: file('not the one') }) });
    writeTree(source, dir({ a: file('a'), b: file('b'), d, e: dir({ link: symlink('a') }), l: symlink('a'), left: dir({ x: file('1'), y: dir() }) }));
    execFileSync('mkfifo', [join(source, 'd/pipe')]);
    return source;
  }

  for (const mode of MODES) {
    it(`keeps to rules for single paths as batch after batch does, in ${mode}`, async () => {
      const source = makeRuled();
      execFileSync('sleep', ['0.3']); // old enough for the index
      const [whole, stepped] = await compared(mode, source, { modifier: ruling });
      expect(remembered(whole, directoriesOf(source))).toEqual(remembered(stepped, directoriesOf(source)));
      const again = await commit(whole, source, { modifier: ruling });
      expect(again).toMatchObject({ filesRead: 0, contentKnown: 6 });
      expect(again).toEqual(await commit(stepped, source, { modifier: ruling, by: stepwise(engine) }));
      writeFileSync(join(source, 'd/deep/b'), 'changed'); // the root stays as it was, the directory that lacks entries too
      const changed = await commit(whole, source, { modifier: ruling });
      expect(changed).toMatchObject({ filesRead: 1, contentKnown: 5 });
      expect(changed).toEqual(await commit(stepped, source, { modifier: ruling, by: stepwise(engine) }));
      expect(objectsOf(whole)).toEqual(objectsOf(stepped));
      const others = await commit(whole, source, { modifier: { ...ruling, skip: new Set(['/d/pipe']) } });
      expect(others.filesRead).toBe(9); // another index
    });
  }

  for (const mode of MODES) {
    it(`consumes what batch after batch consumes, in ${mode}`, async () => {
      const [outcomes, left, repos] = [[] as unknown[], [] as unknown[], [] as string[]];
      for (const by of [engine, stepwise(engine)]) {
        const source = scratch.fresh('source');
        writeTree(source, nastyTree({ sparseBytes: 3_000_000, crowd: 700 }));
        const large = 'l'.repeat(16 * 1024 * 1024);
        for (const name of ['large1', 'large2', 'large3', 'large4']) writeFileSync(join(source, name), `${large}${name}`);
        const repo = makeRepo(mode);
        repos.push(repo);
        outcomes.push(await commit(repo, source, { by, consume: true }));
        left.push(existsSync(source));
      }
      expect(outcomes[0]).toEqual(outcomes[1]);
      expect(left).toEqual([false, false]);
      expect(objectsOf(repos[0] ?? '')).toEqual(objectsOf(repos[1] ?? ''));
    }, 120_000);
  }

  it('tells in the same words which rules met nothing', async () => {
    const source = makeRuled();
    for (const rules of [{ skip: new Set(['/d/pipe', '/a/', 'b']) }, { skip: new Set(['/d/pipe']), modeAdditions: new Map([['/left/x/1', 1]]) }]) {
      const failures: unknown[] = [];
      for (const by of [engine, stepwise(engine)]) {
        const failed = await commit(makeRepo('archive'), source, { by, modifier: rules }).catch((error: unknown) => error);
        failures.push(failed instanceof CoppiceError ? { code: failed.code, message: failed.message, facts: failed.facts } : failed);
      }
      expect(failures[0]).toEqual(failures[1]);
      expect(failures[0]).toMatchObject({ code: 'PATH_NOT_FOUND' });
    }
  });

  it('does large files two at a time, whatever their sizes', async () => {
    const source = scratch.fresh('source');
    const [a, b] = ['a', 'b'].map((letter) => letter.repeat(16 * 1024 * 1024));
    const files = { a: file(a), again: file(a), b: file(`${b}b`), c: file(`c${a}${b}`), d: file(`${a}d`), small: file('small'), empty: file() };
    writeTree(source, dir({ ...files, below: dir(files) }));
    for (const mode of ['bare-user-only', 'bare', 'bare-user'] as const) {
      for (const repo of await compared(mode, source)) rmSync(repo, { recursive: true });
    }
  }, 120_000);

  it('reads nothing of a directory that has much before all threads may', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ small: file('x'), d: dir({ a: file('a'.repeat(3_000_000)), b: file('b'.repeat(3_000_000)) }) }));
    const steps: [number, number][] = [];
    const noting: Engine = {
      ...engine,
      ingestTree: (batch) => {
        const inner = engine.ingestTree?.(batch);
        if (inner === undefined) throw new Error('no engine for whole trees');
        const step: typeof inner.step = (files, bytes, room, threads) => {
          const done = inner.step(files, bytes, room, threads);
          steps.push([threads, done.read]);
          return done;
        };
        return { ...inner, step };
      },
    };
    const { checksum } = await commit(makeRepo('bare-user-only'), source, { by: noting });
    expect(steps).toEqual([[1, 1], [2, 2]]);
    expect(await commit(makeRepo('bare-user-only'), source, { by: stepwise(engine) })).toMatchObject({ checksum });
  });

  it('names objects by BLAKE3 where the repository does', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('x'), d: dir({ b: file('y'.repeat(3_000_000)) }) }));
    const [whole, stepped] = [makeRepo('bare-user-only', 'blake3'), makeRepo('bare-user-only', 'blake3')];
    expect(await commit(whole, source)).toEqual(await commit(stepped, source, { by: stepwise(engine) }));
    expect(objectsOf(whole)).toEqual(objectsOf(stepped));
  });

  it('reads what has changed and nothing else, whoever wrote the index', async () => {
    const source = scratch.fresh('source');
    const names = Array.from({ length: 300 }, (_, at): [string, ReturnType<typeof file>] => [`f${at}`, file(`content ${at}`)]);
    writeTree(source, dir({ many: dir(Object.fromEntries(names)), other: dir({ deep: dir({ x: file('x') }) }) }));
    execFileSync('sleep', ['0.3']);
    for (const [first, second] of [[engine, engine], [stepwise(engine), engine], [engine, stepwise(engine)]]) {
      const repo = makeRepo('bare-user-only');
      await commit(repo, source, { by: first ?? engine });
      const inode = indexInode(repo);
      const again = await commit(repo, source, { by: second ?? engine });
      expect(indexInode(repo)).toBe(inode);
      expect(again).toMatchObject({ filesRead: 0, contentTotal: 301, contentKnown: 301 });
      writeFileSync(join(source, 'many/f7'), `changed ${String(first === engine)} ${String(second === engine)}`);
      const changed = await commit(repo, source, { by: second ?? engine });
      expect(indexInode(repo)).not.toBe(inode);
      expect(changed).toMatchObject({ filesRead: 1, contentTotal: 301, contentKnown: 300, contentWritten: 1 });
      const control = makeRepo('bare-user-only');
      expect(await commit(control, source, { by: stepwise(engine), useIndex: false })).toMatchObject({ checksum: changed.checksum });
      execFileSync('sleep', ['0.3']);
      await commit(repo, source, { by: first ?? engine });
    }
  });

  it('writes again what has gone from the repository', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('one'), b: dir({ c: file('two') }) }));
    execFileSync('sleep', ['0.3']);
    const repo = makeRepo('bare-user-only');
    await commit(repo, source);
    const lost = describeTree(join(repo, 'objects')).filter(({ path }) => path.endsWith('.file'));
    for (const { path } of lost) rmSync(join(repo, 'objects', path));
    expect(await commit(repo, source)).toMatchObject({ filesRead: 2, contentWritten: 2 });
    expect(readFileSync(join(repo, 'objects', lost[0]?.path ?? ''), 'utf8')).toMatch(/one|two/u);
  });

  it('does without an index that is damaged', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('one'), b: dir({ c: file('two') }) }));
    execFileSync('sleep', ['0.3']);
    const repo = makeRepo('bare-user-only');
    const folder = join(cachePath(repo), 'coppice-stat-index');
    const { checksum } = await commit(repo, source);
    const path = join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      writeFileSync(path, damaged);
      expect((await commit(repo, source)).checksum).toBe(checksum);
    }
  }, 120_000);

  it('refuses what cannot be committed in the same words', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('x'), deep: dir({ z: file('y') }) }));
    execFileSync('mkfifo', [join(source, 'deep/pipe')]);
    const failures: unknown[] = [];
    for (const by of [engine, stepwise(engine)]) {
      const failed = await commit(makeRepo('archive'), source, { by }).catch((error: unknown) => error);
      failures.push(failed instanceof CoppiceError ? { code: failed.code, message: failed.message, facts: failed.facts } : failed);
    }
    expect(failures[0]).toEqual(failures[1]);
    expect(failures[0]).toMatchObject({ code: 'FILE_TYPE_UNSUPPORTED', message: 'Not a regular file or symlink: deep/pipe' });
  });

  it('stops where the space that is to stay free begins, and writes what fits', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: dir({ x: file('x'.repeat(400_000)) }), b: dir({ y: file('y'.repeat(400_000)) }) }));
    const context = contextOf(makeRepo('bare-user-only'), engine);
    const step = (room: number) => {
      const ingestion = engine.ingestTree?.({
        root: source, xattrs: 'none', canonicalPermissions: true, readOnlyExecutables: false, rules: [], consume: false, hardlinks: [],
        target: {
          mode: 'bare-user-only', algorithm: 'sha256', objects: [join(context.repo.path, 'objects')],
          destination: join(context.repo.path, 'objects'), visible: true, tmp: join(context.repo.path, 'tmp'), zlibLevel: 6, syncEach: false,
        },
      });
      const first = ingestion?.step(1000, 1e9, room, 1);
      return { first, next: ingestion?.step(1000, 1e9, 1e9, 1) };
    };
    const { first, next } = step(500_000);
    expect(first).toMatchObject({ bytesLacking: 400_000, bytesCharged: 400_000, written: 1 });
    expect(first?.tree).toHaveLength(0);
    expect(next).toMatchObject({ bytesLacking: 0, bytesCharged: 400_000, written: 1, read: 1 });
    expect(next?.tree).toHaveLength(32);
    // what is there already makes room again
    expect(step(500_000).first).toMatchObject({ bytesLacking: 0, bytesCharged: 0, written: 0 });
  });
});
