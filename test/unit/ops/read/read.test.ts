import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Checksum } from '../../../../src/base/checksum.ts';
import { OBJECT_TYPE } from '../../../../src/format/object/object-type.ts';
import type { ObjectType } from '../../../../src/format/object/object-type.ts';
import { DetailsReader, findInTree, historyOf, listTree, loadCommit, readContent, readDetachedMetadata, rootOf } from '../../../../src/ops/read/index.ts';
import { Scratch } from '../../../support/scratch.ts';
import { CraftedRepo } from '../crafted-repo.ts';

const scratch = new Scratch('unit-read');

function sample(): { readonly crafted: CraftedRepo; readonly commit: Checksum; readonly hello: Checksum; readonly etc: Checksum } {
  const crafted = new CraftedRepo(scratch.fresh('repo'));
  const hello = crafted.file('hello\n');
  const etc = crafted.tree([['conf', crafted.file('conf\n')], ['up', crafted.symlink('../hello')]]);
  const root = crafted.tree([['hello', hello], ['link', crafted.symlink('hello')], ['loop', crafted.symlink('loop')]], [['etc', etc]]);
  return { crafted, commit: crafted.commit(root, { ref: 'main' }), hello, etc };
}

async function textOf(crafted: CraftedRepo, commit: Checksum, path: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readContent(crafted.repo, loadCommit(crafted.repo, commit).commit, path)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('findInTree', () => {
  const { crafted, commit } = sample();
  const root = rootOf(loadCommit(crafted.repo, commit).commit);

  it.each([
    ['/', '/'],
    ['//', '/'],
    ['etc//', '/'],
    ['etc', '/etc'],
    ['/etc/conf', '/etc/conf'],
    ['etc//hello', '/hello'],
    ['///hello', '/hello'],
  ])('finds %s at %s', (path, found) => {
    expect(findInTree(crafted.repo, root, path).path).toBe(found);
  });

  it.each([
    ['', 'No such file or directory: /'],
    ['etc/', 'No such file or directory: /etc/'],
    ['..', 'No such file or directory: /..'],
    ['./etc', 'No such file or directory: /.'],
    ['nope/deeper', 'No such file or directory: /nope'],
    ['hello/x', 'Not a directory'],
    ['link/x', 'Not a directory'],
  ])('does not find "%s"', (path, words) => {
    expect(() => findInTree(crafted.repo, root, path)).toThrow(words);
  });
});

describe('listTree', () => {
  const { crafted, commit } = sample();
  const root = rootOf(loadCommit(crafted.repo, commit).commit);

  it.each([
    ['self', ['/']],
    ['children', ['/', '/hello', '/link', '/loop', '/etc']],
    ['all', ['/', '/hello', '/link', '/loop', '/etc', '/etc/conf', '/etc/up']],
  ] as const)('goes %s far', (depth, paths) => {
    expect([...listTree(crafted.repo, root, depth)].map(({ path }) => path)).toEqual(paths);
  });

  it('needs no content object until details are asked for', () => {
    const { crafted: other, commit: head, hello } = sample();
    rmSync(other.pathOf(OBJECT_TYPE.file, hello));
    const nodes = [...listTree(other.repo, rootOf(loadCommit(other.repo, head).commit), 'all')];
    const details = new DetailsReader(other.repo);
    const file = nodes.find(({ path }) => path === '/hello');
    expect(() => file && details.read(file)).toThrow(`Couldn't find file object '${hello}'`);
  });
});

describe('readContent', () => {
  const { crafted, commit } = sample();

  it.each(['hello', '/hello', 'link', 'etc/up'])('reads %s', async (path) => {
    expect(await textOf(crafted, commit, path)).toBe('hello\n');
  });

  it('refuses directories and loops', async () => {
    await expect(textOf(crafted, commit, 'etc')).rejects.toThrow("Can't open directory");
    await expect(textOf(crafted, commit, 'loop')).rejects.toThrow('Too many levels of symbolic links');
  });
});

describe('historyOf', () => {
  it('ends at the first commit, or where a parent is not there', () => {
    const { crafted, commit } = sample();
    const second = crafted.commit(crafted.tree([]), { parent: commit });
    const third = crafted.commit(crafted.tree([]), { parent: second, subject: 'third' });
    const walk = (start: Checksum): readonly [string[], string] => {
      const [seen, history]: [string[], ReturnType<typeof historyOf>] = [[], historyOf(crafted.repo, start)];
      let next = history.next();
      for (; next.done !== true; next = history.next()) seen.push(next.value.checksum);
      return [seen, next.value];
    };
    expect(walk(third)).toEqual([[third, second, commit], 'complete']);
    rmSync(crafted.pathOf(OBJECT_TYPE.commit, commit));
    expect(walk(third)).toEqual([[third, second], 'truncated']);
    expect(() => walk(commit)).toThrow(`No such metadata object ${commit}.commit`);
  });
});

function readAll({ crafted, commit }: ReturnType<typeof sample>): void {
  const details = new DetailsReader(crafted.repo);
  for (const node of listTree(crafted.repo, rootOf(loadCommit(crafted.repo, commit).commit), 'all')) details.read(node);
}

describe('broken objects', () => {
  type Break = (path: string) => void;
  const breaks: readonly (readonly [string, Break])[] = [
    ['emptied', (path) => writeFileSync(path, '')],
    ['cut short', (path) => truncateSync(path, 20)],
    ['junk', (path) => writeFileSync(path, 'junk '.repeat(50))],
  ];
  const objects: readonly (readonly [string, (from: ReturnType<typeof sample>) => readonly [ObjectType, Checksum]])[] = [
    ['commit', ({ commit }) => [OBJECT_TYPE.commit, commit]],
    ['dirtree', ({ etc }) => [OBJECT_TYPE.dirtree, etc]],
    ['dirmeta', ({ crafted }) => [OBJECT_TYPE.dirmeta, crafted.meta]],
    ['file', ({ hello }) => [OBJECT_TYPE.file, hello]],
  ];
  it.each(objects.flatMap(([type, pick]) => breaks.map(([how, damage]) => ({ type, pick, how, damage }))).filter(({ type, how }) => type !== 'dirmeta' || how !== 'cut short'))(
    'a $type that is $how is an error with its checksum',
    ({ type, pick, damage }) => {
      const made = sample();
      const [objectType, checksum] = pick(made);
      damage(made.crafted.pathOf(objectType, checksum));
      expect(() => readAll(made)).toThrow(expect.objectContaining({ code: 'OBJECT_CORRUPT', facts: expect.objectContaining({ checksum, objectType: type }) }));
    },
  );

  it('detached metadata that is none is an error too', () => {
    const { crafted, commit } = sample();
    expect(readDetachedMetadata(crafted.repo, commit)).toBeUndefined();
    writeFileSync(crafted.pathOf(OBJECT_TYPE.commitmeta, commit), 'junk');
    expect(() => readDetachedMetadata(crafted.repo, commit)).toThrow(expect.objectContaining({ code: 'OBJECT_CORRUPT' }));
  });
});
