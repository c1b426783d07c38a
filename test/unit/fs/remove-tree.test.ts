import { describe, expect, it } from 'vitest';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { removeTree } from '../../../src/fs/remove-tree.ts';
import { Scratch } from '../../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../../support/tree.ts';

const scratch = new Scratch('remove-tree');

describe('removeTree', () => {
  it('removes files, links, trees, and nothing at all', () => {
    const root = scratch.fresh('root');
    writeTree(root, dir({ f: file('x'), d: dir({ e: dir({ deep: file('y') }), l: symlink('nowhere') }) }));
    removeTree(`${root}/f`);
    removeTree(`${root}/absent`);
    expect(readdirSync(root)).toEqual(['d']);
    removeTree(root);
    expect(existsSync(root)).toBe(false);
  });

  it('keeps the root when told so', () => {
    const root = scratch.fresh('root');
    writeTree(root, dir({ f: file('x'), d: dir({ g: file('') }) }));
    removeTree(root, { keepRoot: true });
    expect(readdirSync(root)).toEqual([]);
    writeFileSync(`${root}/plain`, 'x');
    removeTree(`${root}/plain`, { keepRoot: true });
    expect(readdirSync(root)).toEqual(['plain']);
  });

  it('never follows a symlink, be it the root or inside', () => {
    const precious = scratch.fresh('precious');
    writeTree(precious, dir({ kept: file('x') }));
    const root = scratch.fresh('root');
    mkdirSync(root);
    symlinkSync(precious, `${root}/link`);
    removeTree(root);
    const link = scratch.fresh('link');
    symlinkSync(precious, link);
    removeTree(link, { keepRoot: true });
    expect(existsSync(link)).toBe(true);
    removeTree(link);
    expect(existsSync(link)).toBe(false);
    expect(readdirSync(precious)).toEqual(['kept']);
  });

  it('removes directories without permissions and names that are not UTF-8', () => {
    const root = scratch.fresh('root');
    mkdirSync(`${root}/locked/inner`, { recursive: true });
    execFileSync('sh', ['-c', 'printf x > "$1/$(printf "a\\377b")"', 'sh', `${root}/locked/inner`]);
    chmodSync(`${root}/locked/inner`, 0);
    chmodSync(`${root}/locked`, 0);
    removeTree(root);
    expect(existsSync(root)).toBe(false);
  });

  it('removes a very deep tree', () => {
    const root = scratch.fresh('deep');
    mkdirSync(`${root}/${Array.from({ length: 900 }, () => 'd').join('/')}`, { recursive: true });
    removeTree(root);
    expect(existsSync(root)).toBe(false);
  });
});
