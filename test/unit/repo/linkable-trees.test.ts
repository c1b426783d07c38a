import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { createRepo } from '../../../src/repo/create-repo.ts';
import { cachePath } from '../../../src/repo/layout.ts';
import { LinkableTrees } from '../../../src/repo/linkable-trees.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { Scratch } from '../../support/scratch.ts';

const scratch = new Scratch('unit-linkable-trees');
const checksum = (index: number): Uint8Array => createHash('sha256').update(String(index)).digest();
const [TREE, OTHER_TREE, ODD, PLAIN] = [checksum(1), checksum(2), checksum(3), checksum(4)] as const;

function fresh(): { readonly repo: Repo; readonly file: string } {
  const path = scratch.fresh('repo');
  createRepo(path, { mode: 'bare-user-only' });
  return { repo: Repo.open(path, jsEngine), file: `${cachePath(path)}/coppice-linkable-trees` };
}

function learned(repo: Repo, most = 100): LinkableTrees {
  const trees = LinkableTrees.open(repo, most);
  trees.addOdd(Buffer.concat([PLAIN, ODD]), PLAIN.length);
  trees.add(TREE);
  trees.save();
  return trees;
}

describe('LinkableTrees', () => {
  it('knows tomorrow what it learned today, and learns more', () => {
    const { repo } = fresh();
    learned(repo);
    const again = LinkableTrees.open(repo, 100);
    expect([again.has(TREE), again.has(OTHER_TREE), again.canLink(PLAIN), again.canLink(ODD)]).toEqual([true, false, true, false]);
    again.add(OTHER_TREE);
    again.save();
    const third = LinkableTrees.open(repo, 100);
    expect([third.has(TREE), third.has(OTHER_TREE), third.canLink(ODD)]).toEqual([true, true, false]);
  });

  it('knows nothing from a file that is damaged or cut', () => {
    const { repo, file } = fresh();
    learned(repo);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect(LinkableTrees.open(repo, 100).has(TREE), `byte ${at}`).toBe(false);
      writeFileSync(file, whole.subarray(0, at));
      expect(LinkableTrees.open(repo, 100).has(TREE), `cut at ${at}`).toBe(false);
    }
  });

  it('learns no tree whose odd objects it may have missed', () => {
    const { repo } = fresh();
    const trees = LinkableTrees.open(repo, 2);
    for (let index = 10; index < 13; index++) trees.addOdd(checksum(index), 0);
    trees.add(TREE);
    expect(trees.has(TREE)).toBe(false);
  });

  it('leaves a file alone that holds more than it may remember', () => {
    const { repo, file } = fresh();
    const trees = LinkableTrees.open(repo, 100);
    for (let index = 10; index < 20; index++) trees.add(checksum(index));
    trees.save();
    const before = readFileSync(file);
    expect(learned(repo, 5).has(TREE)).toBe(false);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('writes nothing where nothing is new, and fails at nothing', () => {
    const { repo, file } = fresh();
    learned(repo);
    const { ino } = statSync(file);
    learned(repo);
    expect(statSync(file).ino).toBe(ino);
    const blocked = fresh();
    mkdirSync(blocked.file, { recursive: true });
    expect(learned(blocked.repo).has(TREE)).toBe(true);
  });
});
