import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLastingPath } from '../../../src/engine/js/lasting-path.ts';
import { OwnRoots } from '../../../src/engine/js/own-directories.ts';
import { Scratch } from '../../support/scratch.ts';

const scratch = new Scratch('unit-own-directories');
const isRoot = process.geteuid?.() === 0;

function identityOf(path: string): string {
  const { dev, ino } = lstatSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

function made(): string {
  const root = join(scratch.fresh('own'), 'root');
  mkdirSync(join(root, 'a/b'), { recursive: true, mode: 0o700 });
  writeFileSync(join(root, 'a/b/file'), 'x');
  return root;
}

describe('own directories', () => {
  it.each([0o755, 0o777])('reach what is below, where the directory above has mode %o', (mode) => {
    const root = made();
    chmodSync(join(root, '..'), mode);
    const own = new OwnRoots().open(root, identityOf(root));
    expect(own.open('a/b').anchor.startsWith('/proc/')).toBe(mode === 0o777);
    expect([readdirSync(own.open('a/b').anchor), readdirSync(own.open('').anchor)]).toEqual([['file'], ['a']]);
    expect(lstatSync(own.open('a/b').at('file')).size).toBe(1);
    own.close();
  });

  it('refuse a root that has taken the place of their own, and keep no descriptor', () => {
    const root = made();
    const identity = identityOf(root);
    renameSync(root, `${root}.old`);
    mkdirSync(root);
    const before = readdirSync('/proc/self/fd').length;
    expect(() => new OwnRoots().open(root, identity)).toThrowError(expect.objectContaining({ code: 'FILE_CHANGED' }));
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it.each(['..', 'a/../..', 'a//b', './a'])('do not go to %s', (relative) => {
    const root = made();
    const own = new OwnRoots().open(root, identityOf(root));
    expect(() => own.open(relative)).toThrowError(expect.objectContaining({ code: 'PATH_INVALID' }));
    own.close();
  });
});

describe('isLastingPath', () => {
  it('is so below directories that only this user and root can write', () => {
    const root = made();
    expect(isLastingPath(root)).toBe(true);
    expect(isLastingPath('(unreachable)/tree')).toBe(false);
    expect(isLastingPath(join(root, 'none/deeper'))).toBe(false);
  });

  it.each([
    [0o777, false],
    [0o775, false],
    [0o1777, true],
  ])('in a directory of mode %o: %s', (mode, lasts) => {
    const root = made();
    chmodSync(join(root, 'a'), mode);
    expect(isLastingPath(join(root, 'a/b'))).toBe(lasts);
    expect(isLastingPath(join(root, 'a/b/c'))).toBe(lasts);
  });

  it.runIf(isRoot)('is not so where somebody else owns a directory above, or the one in a sticky directory', () => {
    const root = made();
    chownSync(join(root, 'a'), 1, 1);
    expect(isLastingPath(join(root, 'a/b'))).toBe(false);
    const other = made();
    chmodSync(join(other, 'a'), 0o1777);
    chownSync(join(other, 'a/b'), 1, 1);
    expect(isLastingPath(join(other, 'a/b'))).toBe(false);
    expect(isLastingPath(join(other, 'a'))).toBe(true);
  });
});
