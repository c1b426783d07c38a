import { beforeAll, describe, expect, it } from 'vitest';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { checksumFromBytes, parseChecksum } from '../../../src/base/checksum.ts';
import type { Checksum } from '../../../src/base/checksum.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { hashPrefix } from '../../../src/format/object/file-header.ts';
import { OBJECT_TYPE } from '../../../src/format/object/object-type.ts';
import type { RepoMode } from '../../../src/format/object/repo-mode.ts';
import { readXattrs } from '../../../src/format/object/xattrs.ts';
import { deleteObject } from '../../../src/repo/delete-object.ts';
import { hasObject, listObjects, objectPath, openContent, readCommitObject, readDirmetaObject, readDirtreeObject, readFileInfo, readMetadataObject } from '../../../src/repo/object-reader.ts';
import type { ListedObject } from '../../../src/repo/list-objects.ts';
import { reachableFrom } from '../../../src/repo/traverse.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { resolveRev } from '../../../src/repo/resolve-rev.ts';
import { resolveTreePath } from '../../../src/repo/tree-path.ts';
import { ostree, run, succeed } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../../support/tree.ts';
import { describeWithReferee, errorLine, freshRepo, nativeEngine } from './referee.ts';

const scratch = new Scratch('object-reader');
const NOBODY = parseChecksum('0'.repeat(64));

const BIG = Buffer.alloc(3 * 1024 * 1024, 'coppice ');
const TREE = dir({
  usr: dir({
    bin: dir({ x: file('#!/bin/sh\n', { mode: 0o755 }), suid: file('s', { mode: 0o4755, uid: 3, gid: 4 }) }),
    empty: file(''),
    big: file(BIG),
    'ünïcode': file('é'),
    link: symlink('bin/x'),
    labelled: file('l', { xattrs: { 'user.test': 'value' } }),
  }),
});

const MODES: readonly RepoMode[] = ['archive', 'bare', 'bare-user', 'bare-user-only'];
const isRoot = process.getuid?.() === 0;

async function contentOf(repo: Repo, checksum: Checksum): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of openContent(repo, checksum)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function fileAt(repo: Repo, rev: string, path: string): Checksum {
  const node = resolveTreePath(repo, readCommitObject(repo, resolveRev(repo, rev)), path);
  if (node.kind !== 'file') throw new Error(`${path} is no file`);
  return checksumFromBytes(node.checksum);
}

describeWithReferee('reading what ostree wrote', () => {
  const tree = scratch.fresh('tree');
  beforeAll(() => writeTree(tree, TREE));

  function committed(mode: RepoMode, engine: Engine): Repo {
    const { path } = freshRepo(scratch.fresh(mode), { mode });
    const words = mode === 'bare-user-only' ? ['--canonical-permissions', '--no-xattrs'] : [];
    succeed(ostree, [`--repo=${path}`, 'commit', '-b', 'main', `--tree=dir=${tree}`, '--timestamp=@1', ...words]);
    return Repo.open(path, engine);
  }

  const cases = MODES.flatMap((mode) => {
    const needsNative = mode === 'bare' || mode === 'bare-user';
    const engine = needsNative ? nativeEngine : jsEngine;
    return engine === undefined || (mode === 'bare' && !isRoot) ? [] : [[mode, engine] as const];
  });

  it.each(cases)('gives in mode %s headers and contents whose digest is the name of the object', async (mode, engine) => {
    const repo = committed(mode, engine);
    const named = async ({ checksum, type }: ListedObject): Promise<Uint8Array> => {
      if (type !== OBJECT_TYPE.file) return engine.digest('sha256', readMetadataObject(repo, type, checksum));
      const { header, sizeBytes } = readFileInfo(repo, checksum);
      const content = await contentOf(repo, checksum);
      expect(content).toHaveLength(sizeBytes);
      return engine.digest('sha256', hashPrefix(header), content);
    };
    const objects = [...listObjects(repo)];
    for (const object of objects) expect(checksumFromBytes(await named(object))).toBe(object.checksum);
    expect(objects.filter(({ type }) => type === OBJECT_TYPE.file)).toHaveLength(7);
    expect(run(ostree, [`--repo=${repo.path}`, 'fsck']).status).toBe(0);
  });

  it.each(cases)('reaches in mode %s every object that is there', (mode, engine) => {
    const repo = committed(mode, engine);
    const reachable = reachableFrom(repo, resolveRev(repo, 'main'));
    const all = [...listObjects(repo)];
    expect(reachable.size).toBe(all.length);
    for (const { type, checksum } of all) expect(reachable.has(type, Buffer.from(checksum, 'hex'))).toBe(true);
  });

  it('tells symlinks, owners and xattrs from files', () => {
    const repo = committed('archive', jsEngine);
    expect(readFileInfo(repo, fileAt(repo, 'main', 'usr/link'))).toMatchObject({ header: { symlinkTarget: 'bin/x' }, sizeBytes: 0 });
    expect(readFileInfo(repo, fileAt(repo, 'main', '/usr/bin/suid')).header).toMatchObject(isRoot ? { uid: 3, gid: 4, mode: 0o104755 } : { mode: 0o104755 });
    expect(readXattrs(readFileInfo(repo, fileAt(repo, 'main', '/usr/labelled')).header.xattrs).map(({ name }) => name)).toContain('user.test');
  });

  it('refuses to read metadata in xattrs with an engine that has none, unless nobody needs it', () => {
    if (!isRoot) return;
    const user = committed('bare-user', jsEngine);
    expect(() => readFileInfo(user, fileAt(user, 'main', 'usr/big'))).toThrow(expect.objectContaining({ code: 'CAPABILITY_MISSING' }));
    const bare = committed('bare', jsEngine);
    const checksum = fileAt(bare, 'main', 'usr/big');
    expect(() => readFileInfo(bare, checksum)).toThrow(expect.objectContaining({ code: 'CAPABILITY_MISSING' }));
    expect(readFileInfo(bare, checksum, { needXattrs: false }).sizeBytes).toBe(BIG.length);
  });

  it('finds objects in a parent repository of another mode', async () => {
    const parent = committed('archive', jsEngine);
    const { path } = freshRepo(scratch.fresh('child'), { mode: 'bare-user-only' });
    appendFileSync(`${path}/config`, `parent=${parent.path}\n`);
    const child = Repo.open(path, jsEngine);
    expect(await contentOf(child, fileAt(child, 'main', 'usr/bin/x'))).toEqual(Buffer.from('#!/bin/sh\n'));
    expect([...listObjects(child)]).toEqual([]);
  });

  describe('with damage', () => {
    it.each(['commit', 'dirtree', 'dirmeta'] as const)('says that a %s is missing as ostree does', (kind) => {
      const repo = committed('archive', jsEngine);
      const commit = resolveRev(repo, 'main');
      const { rootTree, rootMeta } = readCommitObject(repo, commit);
      const checksum = { commit, dirtree: rootTree, dirmeta: rootMeta }[kind];
      rmSync(objectPath(repo, OBJECT_TYPE[kind], checksum));
      const theirs = run(ostree, [`--repo=${repo.path}`, 'ls', commit]);
      const read = { commit: readCommitObject, dirtree: readDirtreeObject, dirmeta: readDirmetaObject }[kind];
      expect(errorLine(() => read(repo, checksum))).toBe(theirs.stderr);
      expect(() => read(repo, checksum)).toThrow(expect.objectContaining({ code: 'OBJECT_MISSING', facts: { checksum, objectType: kind } }));
    });

    it('says that content is missing as ostree does', () => {
      const repo = committed('archive', jsEngine);
      const checksum = fileAt(repo, 'main', 'usr/big');
      rmSync(objectPath(repo, OBJECT_TYPE.file, checksum));
      const theirs = run(ostree, [`--repo=${repo.path}`, 'cat', 'main', '/usr/big']);
      expect(errorLine(() => readFileInfo(repo, checksum))).toBe(theirs.stderr);
    });

    it.each(['commit', 'dirtree', 'dirmeta'] as const)('never takes a truncated %s for a whole one', (kind) => {
      const repo = committed('archive', jsEngine);
      const commit = resolveRev(repo, 'main');
      const { rootTree, rootMeta } = readCommitObject(repo, commit);
      const checksum = { commit, dirtree: rootTree, dirmeta: rootMeta }[kind];
      const path = objectPath(repo, OBJECT_TYPE[kind], checksum);
      const size = readFileSync(path).length;
      const read = { commit: readCommitObject, dirtree: readDirtreeObject, dirmeta: readDirmetaObject }[kind];
      for (let length = size - 1; length >= 0; length--) {
        truncateSync(path, length);
        expect(() => read(repo, checksum)).toThrow(
          expect.objectContaining({ code: 'OBJECT_CORRUPT', facts: { checksum, objectType: kind, path } }),
        );
      }
    });

    it.each([
      ['cut in the prefix', (bytes: Buffer) => bytes.subarray(0, 5)],
      ['cut in the header', (bytes: Buffer) => bytes.subarray(0, 20)],
      ['a huge header length', (bytes: Buffer) => Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff]), bytes.subarray(4)])],
      ['cut in the content', (bytes: Buffer) => bytes.subarray(0, -3)],
      ['without content', (bytes: Buffer) => bytes.subarray(0, bytes.readUInt32BE(0) + 8)],
      ['other content', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, bytes.readUInt32BE(0) + 8), gzipSync('x')])],
      ['longer content', (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy.writeBigUInt64BE(5n, 8);
        return copy;
      }],
      ['shorter content', (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy.writeBigUInt64BE(BigInt(BIG.length + 1), 8);
        return copy;
      }],
    ])('never takes an archive object with %s for a whole one', async (_what, damage) => {
      const repo = committed('archive', jsEngine);
      const checksum = fileAt(repo, 'main', 'usr/big');
      const path = objectPath(repo, OBJECT_TYPE.file, checksum);
      const bytes = readFileSync(path);
      rmSync(path);
      writeFileSync(path, damage(bytes));
      await expect(contentOf(repo, checksum)).rejects.toThrow(
        expect.objectContaining({ code: 'OBJECT_CORRUPT', facts: expect.objectContaining({ checksum, objectType: 'file', path }) }),
      );
    });

    it('does not follow a symlink that stands for a metadata object', () => {
      const repo = committed('archive', jsEngine);
      const commit = resolveRev(repo, 'main');
      const path = objectPath(repo, OBJECT_TYPE.commit, commit);
      rmSync(path);
      symlinkSync('/dev/zero', path);
      expect(() => readCommitObject(repo, commit)).toThrow(expect.objectContaining({ code: 'SYSTEM' }));
    });
  });

  it('walks history as far as it is told and as far as it is there', () => {
    const repo = committed('archive', jsEngine);
    const first = resolveRev(repo, 'main');
    succeed(ostree, [`--repo=${repo.path}`, 'commit', '-b', 'main', `--tree=dir=${tree}`, '--timestamp=@2']);
    const second = resolveRev(repo, 'main');
    const visited: number[] = [];
    const alone = reachableFrom(repo, second, { visit: (type) => visited.push(type) });
    const all = reachableFrom(repo, second, { maxDepth: -1 });
    expect(visited).toHaveLength(alone.size);
    expect(all.size).toBe(alone.size + 1);
    expect(all.has(OBJECT_TYPE.commit, Buffer.from(first, 'hex'))).toBe(true);
    expect(deleteObject(repo, OBJECT_TYPE.commit, first)).toBeGreaterThan(50);
    expect(reachableFrom(repo, second, { maxDepth: -1 }).size).toBe(alone.size);
    expect(() => reachableFrom(repo, first)).toThrow(expect.objectContaining({ code: 'OBJECT_MISSING' }));
    expect(reachableFrom(repo, first, { tolerant: true }).size).toBe(0);
    expect(() => deleteObject(repo, OBJECT_TYPE.commit, first)).toThrow(expect.objectContaining({ code: 'OBJECT_MISSING' }));
  });

  it('deletes detached metadata with its commit and leaves the tombstone that ostree would', () => {
    const repo = committed('archive', jsEngine);
    appendFileSync(`${repo.path}/config`, 'tombstone-commits=true\n');
    const other = `${repo.path}-theirs`;
    succeed(ostree, [`--repo=${repo.path}`, 'commit', '--orphan', `--tree=dir=${tree}`, '--timestamp=@9', '--add-detached-metadata-string=a=b']);
    const orphan = [...listObjects(repo)].find(({ type }) => type === OBJECT_TYPE.commitmeta)?.checksum ?? NOBODY;
    succeed({ name: 'ostree', words: ['cp', '-a'] }, [repo.path, other]);
    succeed(ostree, [`--repo=${other}`, 'prune', `--delete-commit=${orphan}`]);
    deleteObject(Repo.open(repo.path, jsEngine), OBJECT_TYPE.commit, orphan);
    const theirs = Repo.open(other, jsEngine);
    expect(hasObject(repo, OBJECT_TYPE.commitmeta, orphan)).toBe(false);
    const read = (from: Repo): Buffer => readFileSync(objectPath(from, OBJECT_TYPE.tombstoneCommit, orphan));
    expect(read(repo)).toEqual(read(theirs));
  });

  it.each(['/nope', '/usr/nope/b', '/usr/big/x', 'usr/..', '/usr/./big/../x'])('fails on the path %s as `ostree checkout --subpath`', (path) => {
    const repo = committed('archive', jsEngine);
    const theirs = run(ostree, [`--repo=${repo.path}`, 'checkout', '-U', `--subpath=${path}`, 'main', scratch.fresh('out')]);
    const commit = readCommitObject(repo, resolveRev(repo, 'main'));
    expect(errorLine(() => resolveTreePath(repo, commit, path))).toBe(theirs.stderr);
  });
});

describe('an empty repository', () => {
  it('has no objects, and says so', () => {
    const repo = freshRepo(scratch.fresh('empty'));
    mkdirSync(`${repo.path}/objects/ab`);
    writeFileSync(`${repo.path}/objects/ab/stray`, '');
    expect([...listObjects(repo)]).toEqual([]);
    expect(hasObject(repo, OBJECT_TYPE.file, NOBODY)).toBe(false);
    expect(() => readMetadataObject(repo, OBJECT_TYPE.dirtree, NOBODY)).toThrow(`No such metadata object ${NOBODY}.dirtree`);
  });
});
