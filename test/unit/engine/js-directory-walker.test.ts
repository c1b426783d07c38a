import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryWalker } from '../../../src/engine/js/directory-walker.ts';

describe('DirectoryWalker', () => {
  let folder = '';
  let walker: DirectoryWalker;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-walker-'));
    mkdirSync(join(folder, 'tree/a/b/c/d'), { recursive: true });
    writeFileSync(join(folder, 'tree/a/b/c/d/file'), 'x');
    mkdirSync(join(folder, 'outside/b/c/d'), { recursive: true });
    writeFileSync(join(folder, 'outside/b/c/d/foreign'), 'x');
    walker = new DirectoryWalker(join(folder, 'tree'));
  });

  afterEach(() => {
    walker.close();
    execFileSync('rm', ['-rf', folder]); // node's own fails where a path is too long
  });

  const namesIn = (relative: string): readonly string[] => readdirSync(walker.open(relative).anchor);
  const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

  it('reaches a directory far below, its neighbours and what is above', () => {
    mkdirSync(join(folder, 'tree/a/b/c/e'));
    expect([namesIn('a/b/c/d'), namesIn('a/b/c/e'), namesIn('a/b'), namesIn(''), namesIn('a/b/c')]).toEqual([['file'], [], ['c'], ['a'], ['d', 'e']]);
  });

  it('goes the same way below a root that a symlink names', () => {
    symlinkSync('tree', join(folder, 'link'));
    walker = new DirectoryWalker(join(folder, 'link'));
    expect(namesIn('a/b/c/d')).toEqual(['file']);
  });

  it.each(['a', 'a/b', 'a/b/c', 'a/b/c/d'])('follows no symlink at %s', (at) => {
    rmSync(join(folder, 'tree', at), { recursive: true });
    symlinkSync(join(folder, 'outside', at.slice(2)), join(folder, 'tree', at));
    expect(() => namesIn('a/b/c/d')).toThrow(/ELOOP|ENOTDIR/);
  });

  it.each(['../outside/b/c/d', 'a/../../outside/b/c/d', 'a/b/../../../outside/b/c'])('does not leave the root by %s', (path) => {
    expect(() => walker.open(path)).toThrow('leaves the directory');
  });

  it('finds its way where the root has moved meanwhile', () => {
    expect(namesIn('a/b/c/d')).toEqual(['file']);
    renameSync(join(folder, 'tree'), join(folder, 'moved'));
    mkdirSync(join(folder, 'moved/a/x/y/z'), { recursive: true });
    expect(namesIn('a/x/y/z')).toEqual([]);
  });

  it('reaches what is deeper than a path can be long', () => {
    const name = 'n'.repeat(250);
    const long = Array.from({ length: 20 }, () => name);
    for (const end of long.keys()) mkdirSync(join(walker.open(long.slice(0, end).join('/')).anchor, name));
    expect(namesIn(long.join('/'))).toEqual([]);
  });

  it('keeps no descriptor after its end, whatever failed', () => {
    const before = openDescriptors();
    symlinkSync(join(folder, 'outside'), join(folder, 'tree/s'));
    namesIn('a/b/c/d');
    expect(() => walker.open('s/b/c/d')).toThrow(/ELOOP|ENOTDIR/);
    expect(() => walker.open('a/b/none/d')).toThrow('ENOENT');
    walker.close();
    expect(openDescriptors()).toBe(before);
  });
});
