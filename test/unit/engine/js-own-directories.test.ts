import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packNames } from '../../../src/base/name-list.ts';
import { MAKE } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { isLastingPath } from '../../../src/engine/js/lasting-path.ts';
import { OwnRoots } from '../../../src/engine/js/own-directories.ts';
import { Scratch } from '../../support/scratch.ts';

const scratch = new Scratch('unit-own-directories');
const isRoot = process.geteuid?.() === 0;

function ownRootAt(path: string, word = 'once'): string {
  const { dev, ino } = lstatSync(path, { bigint: true });
  return `${dev}:${ino}:${word}`;
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
    const own = new OwnRoots().open(root, ownRootAt(root));
    expect(own.open('a/b').anchor.startsWith('/proc/')).toBe(mode === 0o777);
    expect([readdirSync(own.open('a/b').anchor), readdirSync(own.open('').anchor)]).toEqual([['file'], ['a']]);
    expect(lstatSync(own.open('a/b').at('file')).size).toBe(1);
    own.close();
  });

  it('refuse a root that has taken the place of their own, and keep no descriptor', () => {
    const root = made();
    const ownRoot = ownRootAt(root);
    renameSync(root, `${root}.old`);
    mkdirSync(root);
    const before = readdirSync('/proc/self/fd').length;
    expect(() => new OwnRoots().open(root, ownRoot)).toThrowError(expect.objectContaining({ code: 'FILE_CHANGED' }));
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it.each(['..', 'a/../..', 'a//b', './a'])('do not go to %s', (relative) => {
    const root = made();
    const own = new OwnRoots().open(root, ownRootAt(root));
    expect(() => own.open(relative)).toThrowError(expect.objectContaining({ code: 'PATH_INVALID' }));
    own.close();
  });
});

describe('directories below an own root', () => {
  const WISHES = [0o700, 0o755, 0o755, 0o775, 0o777, 0o555, 0o2755, 0o1777];
  const names = WISHES.map((wish, index) => `${index}-${wish.toString(8)}`);

  /** What each was made as, and the modes when they are finished. */
  function makeAndFinish(root: string, ownRoot: string | undefined): { readonly created: number[]; readonly modes: number[] } {
    const [directories, modes] = [packNames(names), Uint32Array.from(WISHES, (wish) => 0o040000 | wish)];
    const made = jsEngine.makeDirectories({ root, directories, modes, mayExist: false, ownRoot });
    const hasMode = made.created.map((how) => (how === MAKE.madeWithMode ? 1 : 0));
    const attributes = Uint32Array.from([...modes].flatMap((mode) => [0, 0, mode]));
    const finished = jsEngine.finishDirectories({ root, directories, attributes, hasMode, xattrs: [], userMode: true, resetMtime: true, sync: false, ownRoot });
    expect([made.failures, finished.failures]).toEqual([[], []]);
    return { created: [...made.created], modes: names.map((name) => lstatSync(join(root, name)).mode & 0o7777) };
  }

  /** W: made with its mode. */
  const shown = (created: readonly number[]): string => created.map((how) => (how === MAKE.madeWithMode ? 'W' : '-')).join('');

  it.each([
    [0o000, 0o700, 'WWWWW---'],
    [0o022, 0o700, 'WWW-----'],
    [0o077, 0o700, 'W-------'],
    [0o022, 0o2700, '--------'],
  ])('are made with their modes where umask %o and a root of mode %o let that be, and have them in the end', (umask, rootMode, expected) => {
    const root = scratch.fresh('made');
    mkdirSync(root);
    chmodSync(root, rootMode);
    const before = process.umask(umask);
    try {
      const { created, modes } = makeAndFinish(root, ownRootAt(root));
      expect([shown(created), modes]).toEqual([expected, WISHES]);
    } finally {
      process.umask(before);
    }
  });

  it('are looked at anew for each root, whatever its inode', () => {
    const root = scratch.fresh('made');
    mkdirSync(root, { mode: 0o700 });
    for (const [umask, expected] of [[0o022, 'WWW-----'], [0o077, 'W-------']] as const) {
      const before = process.umask(umask);
      try {
        expect(shown(makeAndFinish(root, ownRootAt(root, expected)).created)).toBe(expected);
      } finally {
        process.umask(before);
      }
      for (const name of names) rmdirSync(join(root, name));
    }
  });

  it('are private until they are finished where others may look in', () => {
    const root = scratch.fresh('made');
    mkdirSync(root, { mode: 0o755 });
    const { created, modes } = makeAndFinish(root, undefined);
    expect([shown(created), modes]).toEqual(['--------', WISHES]);
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
