import { describe, expect, it } from 'vitest';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { checksumFromBytes } from '../../../src/base/checksum.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { writeCommit } from '../../../src/format/object/commit.ts';
import { writeCommitmeta } from '../../../src/format/object/commitmeta.ts';
import { writeDirmeta } from '../../../src/format/object/dirmeta.ts';
import { writeDirtree } from '../../../src/format/object/dirtree.ts';
import { looseObjectPath, OBJECT_TYPE } from '../../../src/format/object/object-type.ts';
import { leaveTombstone } from '../../../src/repo/commit-state.ts';
import { newIdentity } from '../../../src/repo/process-identity.ts';
import { hasObject, readCommitObject, readDirtreeObject, readMetadataIfPresent } from '../../../src/repo/object-reader.ts';
import { readRef, writeRef } from '../../../src/repo/refs.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { Transaction } from '../../../src/repo/transaction.ts';
import type { TransactionOptions } from '../../../src/repo/transaction.ts';
import { needs } from '../../support/requirements.ts';
import { ostree, run, succeed } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { describeWithReferee, freshRepo, inlinePool, nativeEngine } from './referee.ts';

const scratch = new Scratch('transaction');
const ROOT = { uid: 0, gid: 0, mode: 0o40755, xattrs: new Uint8Array(0) };

const begin = (repo: Repo, options: TransactionOptions = {}): Promise<Transaction> =>
  Transaction.begin(repo, inlinePool(repo.engine), options);

/** Stores an empty directory and a commit of it. */
function storeEmptyCommit(transaction: Transaction, subject: string) {
  const rootTree = checksumFromBytes(transaction.storeMetadata(OBJECT_TYPE.dirtree, writeDirtree([], [])));
  const rootMeta = checksumFromBytes(transaction.storeMetadata(OBJECT_TYPE.dirmeta, writeDirmeta(ROOT)));
  const bytes = writeCommit({ metadata: [], related: [], subject, body: '', timestampSeconds: 1n, rootTree, rootMeta });
  return checksumFromBytes(transaction.storeCommit(bytes));
}

const objectsIn = (repo: Repo): string[] =>
  readdirSync(`${repo.path}/objects`, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.')).toSorted();
const left = (repo: Repo): string[] => readdirSync(`${repo.path}/tmp`).filter((name) => name !== 'cache');
const configured = (lines: string, engine: Engine = jsEngine): Repo => {
  const { path } = freshRepo(scratch.fresh('repo'));
  appendFileSync(`${path}/config`, lines);
  return Repo.open(path, engine);
};

const engines: [string, Engine][] = [['js', jsEngine], ...(nativeEngine === undefined ? [] : [['native', nativeEngine] as [string, Engine]])];

describe.each(engines)('a transaction with the %s engine', (_name, engine) => {
  it('shows nothing before commit and everything after it', async () => {
    const repo = configured('', engine);
    const transaction = await begin(repo);
    const commit = storeEmptyCommit(transaction, 'one');
    transaction.writeDetachedMetadata(commit, writeCommitmeta([['k', { type: 's', value: 'v' }]]));
    transaction.setRef('main', commit);
    await transaction.flush();
    expect(objectsIn(repo)).toEqual([]);
    expect(readRef(repo, 'main')).toBeUndefined();
    expect(await transaction.commit()).toEqual({ metadataWritten: 3, refsWritten: 1 });
    expect(readRef(repo, 'main')).toBe(commit);
    expect(objectsIn(repo)).toHaveLength(4);
    expect(readDirtreeObject(repo, readCommitObject(repo, commit).rootTree)).toEqual({ files: [], directories: [] });
    expect(readMetadataIfPresent(repo, OBJECT_TYPE.commitmeta, commit)).toBeDefined();
    expect(left(repo)).toEqual([]);
    await transaction.abort();
  });

  it('takes everything back on abort, and lets the lock go', async () => {
    const repo = configured('lock-timeout-secs=0\n', engine);
    const transaction = await begin(repo);
    storeEmptyCommit(transaction, 'gone');
    transaction.setRef('main', undefined);
    await transaction.flush();
    await transaction.abort();
    await transaction.abort();
    expect([objectsIn(repo), left(repo)]).toEqual([[], []]);
    expect(() => transaction.storeMetadata(OBJECT_TYPE.dirmeta, writeDirmeta(ROOT))).toThrow(/has ended/);
    await expect(transaction.commit()).rejects.toThrow(/has ended/);
  });

  it('writes an object once, whoever asks for it', async () => {
    const repo = configured('', engine);
    const first = await begin(repo);
    storeEmptyCommit(first, 'a');
    storeEmptyCommit(first, 'a');
    expect((await first.commit()).metadataWritten).toBe(3);
    const second = await begin(repo);
    storeEmptyCommit(second, 'b');
    expect((await second.commit()).metadataWritten).toBe(1);
  });

  it('writes thousands of objects in batches', async () => {
    const repo = configured('', engine);
    const transaction = await begin(repo);
    for (let mode = 0; mode < 0o4000; mode++) {
      transaction.storeMetadata(OBJECT_TYPE.dirmeta, writeDirmeta({ ...ROOT, mode: 0o40000 | mode }));
      if (mode % 100 === 0) await transaction.drain();
    }
    expect((await transaction.commit()).metadataWritten).toBe(0o4000);
    expect(objectsIn(repo)).toHaveLength(0o4000);
  });

  it.each([['fsync=false\n'], ['per-object-fsync=true\n']])('with %j writes straight into objects/', async (lines) => {
    const repo = configured(lines, engine);
    const transaction = await begin(repo);
    expect(transaction.target).toMatchObject({ visible: true, destination: `${repo.path}/objects`, syncEach: lines.startsWith('per') });
    const commit = storeEmptyCommit(transaction, 'visible');
    await transaction.flush();
    const types = (): string[] => objectsIn(repo).map((name) => name.slice(name.lastIndexOf('.'))).toSorted();
    expect(types()).toEqual(['.dirmeta', '.dirtree']);
    await transaction.commit();
    expect(hasObject(repo, OBJECT_TYPE.commit, commit)).toBe(true);
    expect(left(repo)).toEqual([]);
  });

  it('fails before refs move when the test hook says so', async () => {
    const repo = configured('', engine);
    const transaction = await begin(repo, { failBeforeRefs: true });
    transaction.setRef('main', storeEmptyCommit(transaction, 'x'));
    await expect(transaction.commit()).rejects.toThrow('OSTREE_REPO_TEST_ERROR_PRE_COMMIT specified');
    await transaction.abort();
    expect([readRef(repo, 'main'), objectsIn(repo), left(repo)]).toEqual([undefined, [], []]);
  });

  it('does not commit once it is cancelled', async () => {
    const repo = configured('', engine);
    const controller = new AbortController();
    const transaction = await begin(repo, { signal: controller.signal });
    storeEmptyCommit(transaction, 'x');
    controller.abort();
    await expect(transaction.commit()).rejects.toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    await transaction.abort();
    expect(objectsIn(repo)).toEqual([]);
  });
});

describe('a transaction', () => {
  it('reports the first write that fails, from flush and from commit', async () => {
    const repo = configured('');
    const transaction = await begin(repo);
    rmSync(transaction.target.destination, { recursive: true });
    writeFileSync(transaction.target.destination, 'in the way');
    storeEmptyCommit(transaction, 'x');
    await expect(transaction.flush()).rejects.toThrow(expect.objectContaining({ code: 'SYSTEM' }));
    await expect(transaction.commit()).rejects.toThrow(expect.objectContaining({ code: 'SYSTEM' }));
    await transaction.abort();
    expect(left(repo)).toEqual([]);
  });

  it('sweeps what dead transactions left, not what running ones need', async () => {
    const repo = configured('');
    const dead = newIdentity().replace(/-\d+-(\d+)-([0-9a-f]+)$/, '-999999999-$1-$2');
    mkdirSync(`${repo.path}/tmp/coppice-staging-${dead}/ab`, { recursive: true });
    const running = await begin(repo);
    const other = await begin(repo);
    expect(left(repo).filter((name) => name.startsWith('coppice-staging-'))).toHaveLength(2);
    storeEmptyCommit(running, 'x');
    await other.commit();
    await running.commit();
    expect(left(repo)).toEqual([]);
  });

  it('expires old things in tmp/, not the cache, nor ostree staging it cannot judge', async () => {
    const repo = configured('tmp-expiry-secs=100\n');
    const old = Date.now() / 1000 - 1000;
    for (const name of ['old', 'new', 'staging-x', 'staging-x-lock']) writeFileSync(`${repo.path}/tmp/${name}`, '');
    for (const name of ['old', 'cache', 'staging-x', 'staging-x-lock']) utimesSync(`${repo.path}/tmp/${name}`, old, old);
    await (await begin(repo)).commit();
    expect(readdirSync(`${repo.path}/tmp`).toSorted()).toEqual(['cache', 'new', 'staging-x', 'staging-x-lock']);
  });

  it.skipIf(nativeEngine === undefined)('expires ostree staging that nobody holds', async () => {
    const repo = configured('tmp-expiry-secs=100\n', nativeEngine ?? jsEngine);
    mkdirSync(`${repo.path}/tmp/staging-x/ab`, { recursive: true });
    writeFileSync(`${repo.path}/tmp/staging-x-lock`, '');
    for (const name of ['staging-x', 'staging-x-lock']) utimesSync(`${repo.path}/tmp/${name}`, 1, 1);
    await (await begin(repo)).commit();
    expect(left(repo)).toEqual([]);
  });

  it('takes away the tombstone of a commit that comes back', async () => {
    const repo = configured('');
    const transaction = await begin(repo);
    const commit = storeEmptyCommit(transaction, 'x');
    leaveTombstone(repo, commit);
    await transaction.commit();
    expect(existsSync(`${repo.path}/objects/${looseObjectPath(commit, OBJECT_TYPE.tombstoneCommit, true)}`)).toBe(false);
  });

  it('replaces and removes detached metadata', async () => {
    const repo = configured('');
    const first = await begin(repo);
    const commit = storeEmptyCommit(first, 'x');
    first.writeDetachedMetadata(commit, new Uint8Array([1]));
    await first.commit();
    const second = await begin(repo);
    second.writeDetachedMetadata(commit, new Uint8Array([2]));
    await second.commit();
    expect(readMetadataIfPresent(repo, OBJECT_TYPE.commitmeta, commit)).toEqual(Buffer.from([2]));
    const third = await begin(repo);
    third.writeDetachedMetadata(commit, undefined);
    await third.commit();
    expect(readMetadataIfPresent(repo, OBJECT_TYPE.commitmeta, commit)).toBeUndefined();
  });

  it('lets the last word on a ref win and keeps earlier refs when one is impossible', async () => {
    const repo = configured('');
    writeRef(repo, 'a/b', checksumFromBytes(new Uint8Array(32)));
    const transaction = await begin(repo);
    const [x, y] = [storeEmptyCommit(transaction, 'x'), storeEmptyCommit(transaction, 'y')];
    transaction.setRef('main', x);
    transaction.setRef('main', y);
    transaction.setRef('gone', undefined);
    transaction.setCollectionRef('org.example.Os', 'stable', x);
    transaction.setRef('a', x);
    await expect(transaction.commit()).rejects.toThrow(expect.objectContaining({ code: 'REF_EXISTS' }));
    await transaction.abort();
    expect(readRef(repo, 'main')).toBe(y);
    expect(readFileSync(`${repo.path}/refs/mirrors/org.example.Os/stable`, 'utf8')).toBe(`${x}\n`);
    expect(left(repo)).toEqual([]);
  });

  it('refuses to write what is read-only', async () => {
    const { path } = freshRepo(scratch.fresh('split'), { mode: 'bare-split-xattrs' });
    await expect(begin(Repo.open(path, jsEngine))).rejects.toThrow(expect.objectContaining({ code: 'REPO_UNSUPPORTED' }));
    expect(readdirSync(`${path}/tmp`)).toEqual(['cache']);
  });

  it('keeps ten thousand bytes free when asked to', async () => {
    const repo = configured('min-free-space-size=999999TB\n');
    const transaction = await begin(repo);
    expect(() => transaction.reserve(10)).toThrow(expect.objectContaining({ code: 'NO_SPACE', facts: expect.objectContaining({ path: repo.path, freeBytes: 0 }) }));
    await transaction.abort();
    const unlimited = await begin(configured('min-free-space-percent=0\n'));
    unlimited.reserve(1e15);
    unlimited.release(1e15);
    await unlimited.abort();
  });
});

describeWithReferee('a transaction beside ostree', () => {
  it('writes what `ostree fsck` and `ostree show` accept, in directories of the same mode', async () => {
    const repo = configured('');
    const transaction = await begin(repo);
    const commit = storeEmptyCommit(transaction, 'subject');
    transaction.setRef('main', commit);
    await transaction.commit();
    expect(run(ostree, [`--repo=${repo.path}`, 'fsck']).status).toBe(0);
    expect(succeed(ostree, [`--repo=${repo.path}`, 'show', 'main'])).toContain(`commit ${commit}`);
    expect(statSync(`${repo.path}/objects/${commit.slice(0, 2)}`).mode & 0o777).toBe(0o755);
  });

  it.skipIf(!needs.mount.isMet())('refuses to fill the disk with the same words', async () => {
    const mount = scratch.fresh('tmpfs');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', mount]);
    try {
      const tree = scratch.fresh('tree');
      mkdirSync(tree);
      writeFileSync(`${tree}/big`, Buffer.alloc(25_000_000));
      for (const lines of ['', 'min-free-space-size=500MB\n', 'min-free-space-percent=50\n']) {
        rmSync(`${mount}/repo`, { recursive: true, force: true });
        const { path } = freshRepo(`${mount}/repo`);
        appendFileSync(`${path}/config`, lines);
        const theirs = run(ostree, [`--repo=${path}`, 'commit', '-b', 'x', `--tree=dir=${tree}`]);
        const transaction = await begin(Repo.open(path, jsEngine));
        const ours = ((): string => {
          try {
            transaction.reserve(25_000_000);
          } catch (error) {
            return (error as Error).message;
          }
          return 'nothing';
        })();
        await transaction.abort();
        expect(`error: ${ours}\n`).toBe(theirs.stderr);
      }
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});
