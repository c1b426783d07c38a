import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { AMPLE_MEMORY } from '../../../../src/base/memory-budget.ts';
import type { MemoryBudget } from '../../../../src/base/memory-budget.ts';
import { unpackNames } from '../../../../src/base/name-list.ts';
import type { Engine, ScanBatch, ScanResult } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import type { Pool } from '../../../../src/pool/task.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { Repo } from '../../../../src/repo/repo.ts';
import { Scratch } from '../../../support/scratch.ts';

const scratch = new Scratch('unit-compare-tree');
/** So little that hardly any listing is held. */
const LITTLE: MemoryBudget = { ...AMPLE_MEMORY, batchFiles: 8, batchesPerThread: 2, garbageBytes: 5000 };
const PATH = process.env['PATH'];

afterEach(() => {
  process.env['PATH'] = PATH;
});

const TOP = Array.from({ length: 12 }, (_, n) => `d${n}`);
const BELOW = ['a', 'b/c', 'b/é', '𝒳/y'];

function makeTree(): string {
  const root = scratch.fresh('source');
  for (const top of TOP) {
    for (const below of BELOW) {
      mkdirSync(join(root, top, below), { recursive: true });
      for (const name of ['1', '2', '3']) writeFileSync(join(root, top, below, name), `${top} ${below} ${name}`);
    }
  }
  return root;
}

/** The js engine; `onScan` is told of the directories and may answer instead. */
function scanning(onScan: (batch: ScanBatch) => ScanResult | undefined): Engine {
  return { ...jsEngine, scan: (batch) => onScan(batch) ?? jsEngine.scan(batch) };
}

interface Wish {
  readonly engine?: Engine;
  readonly width?: number;
  readonly budget?: MemoryBudget;
  readonly branch?: string;
  readonly useIndex?: boolean;
}

/** As if there were other threads, for which nothing is to do: the tests are of what comes before. */
function poolOf(engine: Engine, width: number, budget: MemoryBudget): Pool {
  const inline = new InlinePool({ engine }, { budget });
  return {
    width, budget,
    run: (task, input) => inline.run(task, input),
    expect: () => undefined,
    rest: () => inline.rest(),
    close: () => inline.close(),
  };
}

async function commit(repo: string, source: string, { engine = jsEngine, width = 3, budget = AMPLE_MEMORY, branch = 'm', useIndex = true }: Wish = {}) {
  const context = { repo: Repo.open(repo, engine), engine, pool: poolOf(engine, width, budget) };
  const options = { branch, timestampSeconds: 1n, parent: 'none', modifier: { noXattrs: true }, useIndex } as const;
  return commitTree(context, [{ kind: 'directory', path: source }], options);
}

/** Which directories are listed by the engine. */
async function listedBy(repo: string, source: string, wish: Wish = {}): Promise<string[]> {
  const listed: string[] = [];
  await commit(repo, source, { ...wish, engine: scanning(({ directories }) => void listed.push(...unpackNames(directories))) });
  return listed;
}

/** Puts a program `find` in the place of the real one. */
function replaceFind(script: string): void {
  const bin = scratch.fresh('bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'find'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env['PATH'] = `${bin}:${PATH}`;
}

/** What the real one prints, on its way through `filter`. */
const filtered = (filter: string): string => `PATH='${PATH}' find "$@" | ${filter}`;

/** A repository in which the tree is committed, long enough ago for the index to vouch. */
async function committed(source: string): Promise<string> {
  const repo = scratch.fresh('repo');
  createRepo(repo, { mode: 'bare-user-only' });
  execFileSync('sleep', ['0.2']);
  await commit(repo, source);
  return repo;
}

/** What may befall a directory of the tree. */
const CHANGES: Readonly<Record<string, (directory: string) => void>> = {
  remove: (directory) => rmSync(directory, { recursive: true, force: true }),
  fill: (directory) => {
    mkdirSync(join(directory, 'new', 'below'), { recursive: true });
    writeFileSync(join(directory, 'new', 'below', 'file'), directory);
  },
  edit: (directory) => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, '1'), 'edited');
  },
  link: (directory) => {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, '..'), { recursive: true });
    symlinkSync('elsewhere', directory);
  },
  replace: (directory) => {
    const path = join(directory, '2');
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, 'other');
    utimesSync(path, 1, 1);
  },
  chmod: (directory) => chmodSync(directory, 0o700),
  swap: (directory) => {
    const [first, ...others] = readdirSync(directory);
    const last = others.at(-1);
    if (first === undefined || last === undefined) return;
    renameSync(join(directory, first), join(directory, 'aside'));
    renameSync(join(directory, last), join(directory, first));
    renameSync(join(directory, 'aside'), join(directory, last));
  },
  move: (directory) => {
    mkdirSync(directory, { recursive: true });
    renameSync(directory, `${directory}-moved`);
  },
};

function change(directory: string, kind: string): void {
  try {
    CHANGES[kind]?.(directory);
  } catch {
    // an earlier change has put something else in its way
  }
}

describe('the tree against the stat index, by the program find', () => {
  it('is unchanged without a listing by the engine, and counted as by the walk', async () => {
    const source = makeTree();
    const repo = await committed(source);
    const walked = await commit(repo, source, { width: 1 });
    expect(await listedBy(repo, source)).toEqual([]);
    expect(await commit(repo, source)).toEqual(walked);
    expect(walked.contentKnown).toBe(TOP.length * BELOW.length * 3);
    expect(walked.metadataTotal).toBe(2 * (1 + TOP.length * 7) + 1);
  });

  it('gives the same commit as no index, whatever became of the tree, and is remembered', async () => {
    const place = fc.tuple(fc.constantFrom(...TOP), fc.constantFrom('', 'a', 'b', 'b/c', '𝒳'), fc.constantFrom(...Object.keys(CHANGES)));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 8 }), fc.constantFrom(AMPLE_MEMORY, LITTLE), async (changes, budget) => {
        const source = makeTree();
        const repo = await committed(source);
        for (const [top, below, kind] of changes) change(join(source, top, below), kind);
        const { checksum, contentTotal } = await commit(repo, source, { budget });
        const truth = await commit(repo, source, { useIndex: false });
        expect([checksum, contentTotal]).toEqual([truth.checksum, truth.contentTotal]);
        execFileSync('sleep', ['0.2']);
        await commit(repo, source);
        expect(await listedBy(repo, source)).toEqual([]);
        expect((await commit(repo, source)).checksum).toBe(checksum);
      }),
      { numRuns: 20 },
    );
  });

  it('tells what a directory has that has changed, so that only its new files are looked at', async () => {
    const source = makeTree();
    const repo = await committed(source);
    writeFileSync(join(source, 'd3/b/c/2'), 'edited');
    const { contentKnown, contentTotal } = await commit(repo, source);
    expect(contentTotal - contentKnown).toBe(1);
    writeFileSync(join(source, 'd3/b/c/2'), 'edited again');
    expect(await listedBy(repo, source)).toEqual([]);
  });

  it('leaves to the walk what is too much to hold', async () => {
    const source = makeTree();
    const repo = await committed(source);
    for (const top of TOP) writeFileSync(join(source, top, 'a', '1'), 'edited');
    const listed = await listedBy(repo, source, { budget: LITTLE });
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.length).toBeLessThan(TOP.length);
  });

  it('tells listings only where the objects are not known to be there', async () => {
    const source = makeTree();
    const repo = await committed(source);
    expect(await listedBy(repo, source, { branch: 'other' })).toEqual([]);
    const { contentKnown, contentTotal, checksum } = await commit(repo, source, { branch: 'third', budget: LITTLE });
    expect(contentKnown).toBe(contentTotal);
    expect(checksum).toBe((await commit(repo, source, { branch: 'third', useIndex: false })).checksum);
  });

  it.each([
    ['is another one', 'echo "find: unrecognized: -printf" >&2; exit 1'],
    ['fails at the end', `${filtered('cat')}; exit 1`],
    ['is killed', `${filtered('head -c 3000')}; kill -9 $$`],
    ['says something else', 'seq 1 100000'],
    ['says nothing', 'exit 0'],
    ['leaves out files', filtered(String.raw`grep -zv ' 2$'`)],
    ['leaves out directories', filtered(String.raw`grep -zv ' [dl] .* b$'`)],
    ['stops early', filtered('head -c 3000')],
    ['says something else at the end', `${filtered('head -c 3000')}; head -c 5000 /dev/urandom`],
    ['says everything twice', `${filtered('cat')}; ${filtered('cat')}`],
  ])('is left to the walk where the program %s', async (_, script) => {
    const source = makeTree();
    const repo = await committed(source);
    writeFileSync(join(source, 'd1/a/new'), 'new');
    writeFileSync(join(source, 'd7/a/2'), 'edited');
    replaceFind(script);
    const { checksum } = await commit(repo, source);
    expect(checksum).toBe((await commit(repo, source, { useIndex: false })).checksum);
  });

  it('ends, and the program with it, when the commit is cancelled', async () => {
    const source = makeTree();
    const repo = await committed(source);
    const note = scratch.fresh('note');
    replaceFind(`echo $$ > ${note}; PATH='${PATH}'; find "$@"; exec sleep 60`);
    const cancelled = new AbortController();
    const pool = { ...poolOf(jsEngine, 3, AMPLE_MEMORY), rest: async () => cancelled.abort() };
    const context = { repo: Repo.open(repo, jsEngine), engine: jsEngine, pool, signal: cancelled.signal };
    const options = { branch: 'm', parent: 'none', modifier: { noXattrs: true } } as const;
    await expect(commitTree(context, [{ kind: 'directory', path: source }], options)).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => existsSync(`/proc/${readFileSync(note, 'utf8').trim()}`)).toBe(false);
  });

  it('is left to the walk where there is no such program', async () => {
    const source = makeTree();
    const repo = await committed(source);
    process.env['PATH'] = scratch.fresh('empty');
    expect((await listedBy(repo, source)).length).toBe(1 + TOP.length * 7);
  });

  it('is left to the walk where no thread is beside this one, or the tree is small', async () => {
    const source = makeTree();
    const repo = await committed(source);
    expect((await listedBy(repo, source, { width: 1 })).length).toBe(1 + TOP.length * 7);
    for (const top of TOP.slice(1)) rmSync(join(source, top), { recursive: true });
    await commit(repo, source);
    expect((await listedBy(repo, source)).length).toBe(8);
  });
});
