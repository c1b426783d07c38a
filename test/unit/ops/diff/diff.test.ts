import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import { compareObjects, diffTrees } from '../../../../src/ops/diff/index.ts';
import type { DiffSource } from '../../../../src/ops/diff/index.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import { Scratch } from '../../../support/scratch.ts';
import { CraftedRepo } from '../crafted-repo.ts';

const scratch = new Scratch('unit-diff');

const commit = (rev: string): DiffSource => ({ kind: 'commit', rev });
const directory = (path: string): DiffSource => ({ kind: 'directory', path });

async function diff({ repo }: CraftedRepo, from: DiffSource, to: DiffSource, engine: Engine = jsEngine): Promise<string[]> {
  const lines: string[] = [];
  const context = { repo, engine, pool: new InlinePool({ engine }) };
  for await (const { kind, path } of diffTrees(context, [from, to], { ignoreXattrs: true })) lines.push(`${kind} ${path}`);
  return lines;
}

describe('diffTrees', () => {
  it('opens no content object and no dirmeta to compare commits', async () => {
    const crafted = new CraftedRepo(scratch.fresh('commits'));
    const [one, two] = [crafted.file('one'), crafted.file('two')];
    const same = crafted.tree([['same', one]]);
    crafted.commit(crafted.tree([['changed', one], ['gone', one]], [['kept', same], ['lost', same]]), { ref: 'a' });
    crafted.commit(crafted.tree([['changed', two], ['new', one]], [['fresh', same], ['kept', same]]), { ref: 'b' });
    for (const checksum of [one, two]) rmSync(crafted.pathOf(OBJECT_TYPE.file, checksum));
    rmSync(crafted.pathOf(OBJECT_TYPE.dirmeta, crafted.meta));
    expect(await diff(crafted, commit('a'), commit('b'))).toEqual([
      'modified /changed',
      'removed /gone',
      'removed /lost',
      'added /new',
      'added /fresh',
      'added /fresh/same',
    ]);
  });

  it('does not enter equal dirtrees', async () => {
    const crafted = new CraftedRepo(scratch.fresh('equal'));
    const same = crafted.tree([['x', crafted.file('x')]]);
    crafted.commit(crafted.tree([['f', crafted.file('1')]], [['same', same]]), { ref: 'a' });
    crafted.commit(crafted.tree([['f', crafted.file('2')]], [['same', same]]), { ref: 'b' });
    rmSync(crafted.pathOf(OBJECT_TYPE.dirtree, same));
    expect(await diff(crafted, commit('a'), commit('b'))).toEqual(['modified /f']);
  });

  it('tells a file that became a directory as modified, without what is in it', async () => {
    const crafted = new CraftedRepo(scratch.fresh('types'));
    const inner = crafted.tree([['in', crafted.file('x')]]);
    crafted.commit(crafted.tree([['x', crafted.file('x')]]), { ref: 'a' });
    crafted.commit(crafted.tree([], [['x', inner]]), { ref: 'b' });
    expect(await diff(crafted, commit('a'), commit('b'))).toEqual(['modified /x']);
    expect(await diff(crafted, commit('b'), commit('a'))).toEqual(['modified /x']);
  });

  it('hashes only files on disk that have a counterpart, and keeps the order over many batches', async () => {
    const crafted = new CraftedRepo(scratch.fresh('disk'));
    const path = scratch.fresh('tree');
    mkdirSync(path);
    const names = Array.from({ length: 1500 }, (_, index) => `f${String(index).padStart(4, '0')}`);
    for (const name of names) writeFileSync(`${path}/${name}`, name);
    const copy = scratch.fresh('copy');
    mkdirSync(copy);
    for (const name of names) writeFileSync(`${copy}/${name}`, name.endsWith('7') ? 'other' : name);
    renameSync(`${copy}/f0000`, `${copy}/new`);
    const hashed: number[] = [];
    const engine: Engine = { ...jsEngine, ingest: (batch) => (hashed.push(batch.directoryIndex.length), jsEngine.ingest(batch)) };
    const lines = await diff(crafted, directory(path), directory(copy), engine);
    expect(lines.filter((line) => line.startsWith('modified'))).toEqual(names.filter((name) => name.endsWith('7')).map((name) => `modified ${name}`));
    expect(lines).toContain('removed f0000');
    expect(lines).toContain('added new');
    expect(hashed.length).toBeGreaterThan(4);
    expect(hashed.reduce((sum, count) => sum + count, 0)).toBe(1499 * 2);
  });

  it('refuses a root that is not there or no directory', async () => {
    const crafted = new CraftedRepo(scratch.fresh('roots'));
    const file = scratch.fresh('file');
    writeFileSync(file, '');
    await expect(diff(crafted, directory('/nowhere'), directory('/nowhere'))).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    await expect(diff(crafted, directory(file), directory(file))).rejects.toThrow(`Error opening directory '${file}': Not a directory`);
  });
});

describe('compareObjects', () => {
  it('counts what two commits have alone and together', () => {
    const crafted = new CraftedRepo(scratch.fresh('objects'));
    const same = crafted.tree([['same', crafted.file('same')]]);
    const left = crafted.commit(crafted.tree([['f', crafted.file('1')]], [['d', same]]));
    const right = crafted.commit(crafted.tree([], [['d', same]]));
    expect(compareObjects(crafted.repo, left, right)).toMatchObject({ left: 6, right: 5, common: 3 });
  });
});
