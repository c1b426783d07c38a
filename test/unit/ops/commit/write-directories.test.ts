import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CoppiceError } from '../../../../src/base/errors.ts';
import { memoryBudget } from '../../../../src/base/memory-budget.ts';
import { parseRelativePath } from '../../../../src/base/relative-path.ts';
import type { Engine, IngestDirectoriesBatch } from '../../../../src/engine/engine.ts';
import { createJsEngine, jsEngine } from '../../../../src/engine/js-engine.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import type { CommitOptions } from '../../../../src/ops/commit/index.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { cachePath } from '../../../../src/repo/layout.ts';
import type { OperationContext } from '../../../../src/repo/operation-context.ts';
import { Repo } from '../../../../src/repo/repo.ts';
import { decodeRecord } from '../../../../src/repo/stat-index/directory-record.ts';
import { IndexFile } from '../../../../src/repo/stat-index/index-file.ts';
import { describeTree } from '../../../support/inodes.ts';
import { nastyTree } from '../../../support/nasty-tree.ts';
import { Scratch } from '../../../support/scratch.ts';
import { dir, file, writeTree } from '../../../support/tree.ts';

const scratch = new Scratch('unit-write-directories');
const MODES = ['bare', 'bare-user-only', 'archive'] as const;
const LITTLE = memoryBudget(1);
const FILES = LITTLE.batchFiles * 6;

/** The engine, made to scan and ingest in calls of their own. */
function walking({ ingestDirectories: _together, ...rest }: Engine): Engine {
  return rest;
}

/** An engine that notes what it was asked for. */
function noting(asked: IngestDirectoriesBatch[]): Engine {
  return {
    ...jsEngine,
    ingestDirectories(batch) {
      asked.push(batch);
      return jsEngine.ingestDirectories?.(batch) ?? expect.unreachable('the js engine ingests directories');
    },
  };
}

function makeRepo(mode: (typeof MODES)[number], minFreeSpace?: string): string {
  const repo = scratch.fresh(mode);
  createRepo(repo, { mode });
  if (minFreeSpace !== undefined) writeFileSync(join(repo, 'config'), `[core]\nrepo_version=1\nmode=${mode}\nmin-free-space-size=${minFreeSpace}\n`);
  return repo;
}

function contextOf(repo: string, engine: Engine, budget = LITTLE): OperationContext {
  const inline = new InlinePool({ engine }, { budget });
  const pool = { width: 3, budget, run: inline.run.bind(inline), expect: () => undefined, rest: () => inline.rest(), close: () => inline.close() };
  return { repo: Repo.open(repo, engine), engine, pool };
}

async function commit(repo: string, source: string, { by = jsEngine, ...options }: CommitOptions & { readonly by?: Engine } = {}) {
  const fixed = { branch: 'm', timestampSeconds: 1n, parent: 'none', modifier: { noXattrs: true }, ...options } as const;
  return commitTree(contextOf(repo, by), [{ kind: 'directory', path: source }], fixed);
}

function objectsOf(repo: string): unknown[] {
  return describeTree(join(repo, 'objects'))
    .filter(({ kind }) => kind !== 'dir')
    .map(({ path, kind, mode, uid, gid, size, target, digest }) => ({ path, kind, mode, uid, gid, size, target, digest }));
}

/** What the stat index remembers of each directory; the time of the commit itself left out. */
function remembered(repo: string, source: string): unknown[] {
  const folder = join(cachePath(repo), 'coppice-stat-index');
  const [name = ''] = readdirSync(folder);
  const index = IndexFile.open(join(folder, name));
  const directories = ['', ...describeTree(source).filter(({ kind }) => kind === 'dir').map(({ path }) => path)];
  return directories.map((path) => {
    const payload = index?.read(parseRelativePath(path))?.payload;
    const record = payload === undefined ? undefined : decodeRecord(payload);
    return record === undefined ? path : { ...record, listedAtMilliseconds: 0 };
  });
}

describe('a commit by directories', () => {
  for (const mode of MODES) {
    it(`gives what the walk gives, in ${mode}`, async () => {
      const source = scratch.fresh('source');
      writeTree(source, nastyTree({ sparseBytes: 3_000_000, crowd: 700 }));
      const variants = mode === 'bare-user-only' ? [{}] : [{}, { ownerUid: 7, ownerGid: 8 }, { readOnlyExecutables: true }, { canonicalPermissions: true }];
      for (const variant of variants) {
        const [together, walked] = [makeRepo(mode), makeRepo(mode)];
        const modifier = { ...variant, noXattrs: true };
        expect(await commit(together, source, { modifier })).toEqual(await commit(walked, source, { modifier, by: walking(jsEngine) }));
        expect(objectsOf(together)).toEqual(objectsOf(walked));
        expect(remembered(together, source)).toEqual(remembered(walked, source));
        for (const repo of [together, walked]) rmSync(repo, { recursive: true });
      }
    }, 120_000);
  }

  it('opens nothing again when all is known, and leaves that to the walk', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('x'), d: dir({ b: file('y') }) }));
    execFileSync('sleep', ['0.3']);
    const [repo, asked] = [makeRepo('bare-user-only'), [] as IngestDirectoriesBatch[]];
    await commit(repo, source, { by: noting(asked) });
    expect(asked.length).toBeGreaterThan(0);
    asked.length = 0;
    expect(await commit(repo, source, { by: noting(asked) })).toMatchObject({ filesRead: 0, contentKnown: 2 });
    expect(asked).toEqual([]);
  });

  it('does so again for a directory in the place of the one that is known', async () => {
    const source = scratch.fresh('source');
    const tree = dir({ a: file('x'), d: dir({ b: file('y') }) });
    writeTree(source, tree);
    const [repo, asked] = [makeRepo('bare-user-only'), [] as IngestDirectoriesBatch[]];
    const first = await commit(repo, source, { by: noting(asked) });
    renameSync(source, `${source}.old`); // keeps its inode
    writeTree(source, tree);
    asked.length = 0;
    expect(await commit(repo, source, { by: noting(asked) })).toMatchObject({ checksum: first.checksum, filesRead: 2 });
    expect(asked.length).toBeGreaterThan(0);
    execFileSync('sleep', ['0.3']);
    await commit(repo, source);
    expect(await commit(repo, source)).toMatchObject({ filesRead: 0, contentKnown: 2 });
  });

  it('shares what is left of a large directory among the threads', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir(Object.fromEntries(Array.from({ length: FILES }, (_, at) => [`f${at}`, file(`content ${at}`)]))));
    const asked: IngestDirectoriesBatch[] = [];
    expect(await commit(makeRepo('bare-user-only'), source, { by: noting(asked) })).toMatchObject({ contentTotal: FILES, filesRead: FILES, contentWritten: FILES });
    const rests = asked.filter(({ entries }) => entries !== '').map(({ entries }) => entries.split('\0').length - 1);
    const [first, ...others] = rests; // what the first task, which is small, has left of its share
    expect(first).toBeLessThan(LITTLE.batchFiles);
    expect(others).toEqual(Array.from({ length: FILES / LITTLE.batchFiles - 1 }, () => LITTLE.batchFiles));
  });

  it('gives a file the room it needs, and refuses one that the disk has no room for', async () => {
    const source = scratch.fresh('source');
    writeTree(source, dir({ a: file('a'), big: file('b'.repeat(LITTLE.batchBytes + 5)), c: file('c'), d: dir({ e: file('e'.repeat(LITTLE.batchBytes)) }) }));
    const asked: IngestDirectoriesBatch[] = [];
    await commit(makeRepo('bare-user-only'), source, { by: noting(asked) });
    expect(Math.max(...asked.map(({ room }) => room))).toBeGreaterThanOrEqual(LITTLE.batchBytes + 5);
    const endless: IngestDirectoriesBatch[] = [];
    await commit(makeRepo('bare-user-only', '0MB'), source, { by: noting(endless) });
    expect(endless.map(({ room }) => Number.isFinite(room))).toEqual(asked.map(() => true));
    const full = makeRepo('bare-user-only', '100000GB');
    const failed = await commit(full, source).catch((error: unknown) => error);
    expect(failed instanceof CoppiceError && failed.code).toBe('NO_SPACE');
    expect(readdirSync(join(full, 'refs/heads'))).toEqual([]);
  });

  it('tells of the first thing that cannot be committed, in the words of the walk', async () => {
    const breaks: ((source: string) => void)[] = [
      (source) => execFileSync('mkfifo', [join(source, 'deep/pipe')]),
      (source) => writeFileSync(Buffer.concat([Buffer.from(`${source}/deep/`), Buffer.from([0xff])]), 'x'),
      (source) => rmSync(source, { recursive: true }),
    ];
    for (const spoil of breaks) {
      const source = scratch.fresh('source');
      writeTree(source, dir({ a: file('x'), deep: dir({ z: file('y') }) }));
      spoil(source);
      const told: unknown[] = [];
      for (const by of [jsEngine, walking(jsEngine)]) {
        const failed = await commit(makeRepo('archive'), source, { by }).catch((error: unknown) => error);
        told.push(failed instanceof CoppiceError ? { code: failed.code, message: failed.message, facts: failed.facts } : failed);
      }
      expect(told[0]).toEqual(told[1]);
      expect(told[0]).toHaveProperty('code');
    }
  });

  it('never follows a symlink that stands for a directory meanwhile', async () => {
    const [source, outside] = [scratch.fresh('source'), scratch.fresh('outside')];
    writeTree(outside, dir({ secret: file('s') }));
    mkdirSync(source);
    symlinkSync(outside, join(source, 'd'));
    chmodSync(source, 0o755);
    const engine = createJsEngine();
    const target = { mode: 'bare-user-only', algorithm: 'sha256', objects: [join(makeRepo('bare-user-only'), 'objects')], visible: true, zlibLevel: 6, syncEach: false } as const;
    const destination = target.objects[0] ?? '';
    const result = engine.ingestDirectories?.({
      root: source, target: { ...target, destination, tmp: destination }, xattrs: 'none', canonicalPermissions: true, readOnlyExecutables: false,
      directories: 'd\0', entries: '', files: 10, bytes: 1e6, room: 1e6,
    });
    expect(result?.failures).toMatchObject([{ path: join(source, 'd') }]);
    expect(result?.filesRead).toBe(0);
  });
});
