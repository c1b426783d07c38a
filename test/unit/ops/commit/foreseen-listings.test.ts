import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryBudget } from '../../../../src/base/memory-budget.ts';
import { unpackNames } from '../../../../src/base/name-list.ts';
import type { Engine, ScanBatch, ScanResult } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import type { Pool } from '../../../../src/pool/task.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { Repo } from '../../../../src/repo/repo.ts';
import { Scratch } from '../../../support/scratch.ts';

const scratch = new Scratch('unit-foreseen-listings');
/** So little that the tree is foreseen in many parts. */
const LITTLE = { ...memoryBudget(1), batchFiles: 8, batchesPerThread: 2 };
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

/** Tasks run at once, or each some turns later. */
function poolOf(engine: Engine, width: number, turns = 0): Pool {
  const inline = new InlinePool({ engine }, { budget: LITTLE });
  const run: Pool['run'] = async (task, input) => {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    return inline.run(task, input);
  };
  return { width, budget: LITTLE, run, expect: () => undefined, rest: () => inline.rest(), close: () => inline.close() };
}

interface Wish {
  readonly engine?: Engine;
  readonly width?: number;
  readonly turns?: number;
  readonly useIndex?: boolean;
}

async function commit(repo: string, source: string, { engine = jsEngine, width = 3, turns = 0, useIndex = true }: Wish = {}) {
  const context = { repo: Repo.open(repo, engine), engine, pool: poolOf(engine, width, turns) };
  const options = { branch: 'm', timestampSeconds: 1n, parent: 'none', modifier: { noXattrs: true }, useIndex } as const;
  return commitTree(context, [{ kind: 'directory', path: source }], options);
}

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

describe('listings that the stat index foresees', () => {
  it('are made once for each directory of an unchanged tree, and nothing is read', async () => {
    const source = makeTree();
    const repo = await committed(source);
    const listed: string[] = [];
    const engine = scanning(({ directories }) => void listed.push(...unpackNames(directories)));
    const { contentKnown, contentTotal } = await commit(repo, source, { engine, turns: 2 });
    expect(contentKnown).toBe(contentTotal);
    expect(listed.toSorted()).toEqual([...new Set(listed)].toSorted());
    expect(listed.length).toBe(1 + TOP.length * 7);
  });

  it('give the same commit as no index, whatever became of the tree', async () => {
    const place = fc.tuple(fc.constantFrom(...TOP), fc.constantFrom('', 'a', 'b', 'b/c', '𝒳'), fc.constantFrom(...Object.keys(CHANGES)));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 8 }), fc.nat(3), async (changes, turns) => {
        const source = makeTree();
        const repo = await committed(source);
        for (const [top, below, kind] of changes) change(join(source, top, below), kind);
        const { checksum } = await commit(repo, source, { turns });
        expect(checksum).toBe((await commit(repo, source, { useIndex: false })).checksum);
      }),
      { numRuns: 15 },
    );
  });

  it('go on behind a part of the tree that is gone, however large', async () => {
    const source = makeTree();
    const repo = await committed(source);
    for (const top of ['d1', 'd2', 'd3', 'd4']) rmSync(join(source, top), { recursive: true });
    const together: string[] = [];
    const engine = scanning(({ directories }) => {
      const paths = unpackNames(directories);
      if (paths.length > 1) together.push(...paths);
      return undefined;
    });
    const { checksum } = await commit(repo, source, { engine, turns: 1 });
    expect(checksum).toBe((await commit(repo, source, { useIndex: false })).checksum);
    expect(together).toContain('d8/b');
    expect(together).toContain('d9/𝒳/y');
  });

  it('are left to the walk where they fail', async () => {
    const source = makeTree();
    const repo = await committed(source);
    const failing = scanning(({ directories }) => {
      if (unpackNames(directories).length > 1) throw new Error('no memory');
      return undefined;
    });
    const before = (await commit(repo, source)).checksum;
    expect((await commit(repo, source, { engine: failing })).checksum).toBe(before);
  });

  it('are not made where no thread is beside this one', async () => {
    const source = makeTree();
    const repo = await committed(source);
    const counts: number[] = [];
    const engine = scanning(({ directories }) => void counts.push(unpackNames(directories).length));
    await commit(repo, source, { engine, width: 1 });
    expect(counts[0]).toBe(1);
  });
});
