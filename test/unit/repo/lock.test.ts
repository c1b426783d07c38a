import { describe, expect, it } from 'vitest';
import { appendFileSync, chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { acquireRepoLock, withRepoLock } from '../../../src/repo/lock.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { newIdentity, processState } from '../../../src/repo/process-identity.ts';
import { ostree, run } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { describeWithNative, describeWithReferee, freshRepo, nativeEngine } from './referee.ts';

const scratch = new Scratch('lock');

function lockable(engine: Engine = jsEngine, timeoutSecs = 0): Repo {
  const { path } = freshRepo(scratch.fresh('repo'));
  appendFileSync(`${path}/config`, `lock-timeout-secs=${timeoutSecs}\n`);
  return Repo.open(path, engine);
}

const TIMEOUT = expect.objectContaining({ code: 'LOCK_TIMEOUT' });
const presences = (repo: Repo): string[] => readdirSync(`${repo.path}/tmp`).filter((name) => name !== 'cache');

/** Another process that holds an open-file-description lock, as libostree takes it. */
const HOLDER = `
import fcntl, os, struct, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o660)
kind = fcntl.F_WRLCK if sys.argv[2] == 'exclusive' else fcntl.F_RDLCK
fcntl.fcntl(fd, 37, struct.pack('hhqqi4x', kind, 0, 0, 0, 0))
print('held', flush=True)
sys.stdin.read()
`;

async function foreignHolder(repo: Repo, kind: 'shared' | 'exclusive'): Promise<() => Promise<void>> {
  const child = spawn('python3', ['-c', HOLDER, `${repo.path}/.lock`, kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
}

const engines: [string, Engine][] = [['js', jsEngine], ...(nativeEngine === undefined ? [] : [['native', nativeEngine] as [string, Engine]])];

describe.each(engines)('the lock with the %s engine', (_name, engine) => {
  it('lets several share it and leaves nothing behind', async () => {
    const repo = lockable(engine);
    const first = await acquireRepoLock(repo, 'shared');
    const second = await acquireRepoLock(repo, 'shared');
    expect(presences(repo)).toHaveLength(2);
    first.release();
    first.release();
    second.release();
    expect(presences(repo)).toEqual([]);
  });

  it.each([['shared', 'exclusive'], ['exclusive', 'shared'], ['exclusive', 'exclusive']] as const)(
    'held %s keeps out %s',
    async (held, wanted) => {
      const repo = lockable(engine);
      const lock = await acquireRepoLock(repo, held);
      await expect(acquireRepoLock(repo, wanted)).rejects.toThrow(TIMEOUT);
      lock.release();
      await withRepoLock(repo, wanted, () => undefined);
      expect(presences(repo)).toEqual([]);
    },
  );

  it('waits until the holder goes, and makes newcomers wait meanwhile', async () => {
    const repo = lockable(engine, 10);
    const order: string[] = [];
    const held = await acquireRepoLock(repo, 'shared');
    const exclusive = withRepoLock(repo, 'exclusive', () => order.push('exclusive'));
    const late = withRepoLock(repo, 'shared', () => order.push('late'));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(order).toEqual([]);
    held.release();
    await Promise.all([exclusive, late]);
    expect(order).toEqual(['exclusive', 'late']);
  });

  it('ends its waiting when it is cancelled', async () => {
    const repo = lockable(engine, -1);
    const held = await acquireRepoLock(repo, 'exclusive');
    const signal = AbortSignal.timeout(50);
    await expect(acquireRepoLock(repo, 'shared', { signal })).rejects.toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    held.release();
    expect(presences(repo)).toEqual([]);
  });

  it('is not impressed by what dead processes left', async () => {
    const repo = lockable(engine);
    const dead = newIdentity().replace(/-\d+-(\d+)-([0-9a-f]+)$/, '-999999999-$1-$2');
    const otherBoot = newIdentity().replace(/^[0-9a-f]{8}/, '01234567');
    for (const identity of [dead, otherBoot]) writeFileSync(`${repo.path}/tmp/coppice-holder-${identity}`, '');
    expect(await withRepoLock(repo, 'exclusive', () => 'held')).toBe('held');
  });

  it('respects a holder that it cannot judge', async () => {
    const repo = lockable(engine);
    const container = newIdentity().replace(/^([0-9a-f-]{36})-\d+/, '$1-1');
    writeFileSync(`${repo.path}/tmp/coppice-holder-${container}`, '');
    await expect(acquireRepoLock(repo, 'exclusive')).rejects.toThrow(TIMEOUT);
    await withRepoLock(repo, 'shared', () => undefined);
  });

  it('does nothing when locking is off', async () => {
    const repo = lockable(engine);
    appendFileSync(`${repo.path}/config`, 'locking=false\n');
    const unlocked = Repo.open(repo.path, engine);
    await acquireRepoLock(unlocked, 'exclusive');
    await acquireRepoLock(unlocked, 'exclusive');
    expect(presences(repo)).toEqual([]);
  });
});

describe('the lock without record locks', () => {
  it('says that foreign processes are not excluded', async () => {
    const notices: string[] = [];
    const lock = await acquireRepoLock(lockable(), 'shared', { notice: (sentence) => notices.push(sentence) });
    lock.release();
    expect(notices).toEqual([expect.stringContaining('cannot exclude foreign ostree processes')]);
  });

  it.skipIf(process.getuid?.() === 0)('shares nothing on a repository that we may only read', async () => {
    const repo = lockable();
    chmodSync(`${repo.path}/tmp`, 0o555);
    expect(await withRepoLock(repo, 'shared', () => 'held')).toBe('held');
  });
});

describe('the identity of a process', () => {
  it('knows itself, an earlier process of the same number, and the unknown', () => {
    const own = newIdentity();
    expect(processState(own)).toBe('alive');
    expect(processState(own.replace(/-(\d+)-([0-9a-f]+)$/, '-1-$2'))).toBe('gone');
    expect(processState('anything')).toBe('unknown');
  });
});

describeWithNative('the lock beside foreign processes', (engine) => {
  it('waits for a foreign holder', async () => {
    const repo = lockable(engine);
    const letGo = await foreignHolder(repo, 'shared');
    await withRepoLock(repo, 'shared', () => undefined);
    await expect(acquireRepoLock(repo, 'exclusive')).rejects.toThrow(TIMEOUT);
    await letGo();
    await withRepoLock(repo, 'exclusive', () => undefined);
    const letGoAgain = await foreignHolder(repo, 'exclusive');
    await expect(acquireRepoLock(repo, 'shared')).rejects.toThrow(TIMEOUT);
    await letGoAgain();
    expect(presences(repo)).toEqual([]);
  });

  it('excludes engines without record locks, and they exclude it', async () => {
    const repo = lockable(engine);
    const withoutRecords = Repo.open(repo.path, jsEngine);
    const native = await acquireRepoLock(repo, 'shared');
    await expect(acquireRepoLock(withoutRecords, 'exclusive')).rejects.toThrow(TIMEOUT);
    native.release();
    const js = await acquireRepoLock(withoutRecords, 'exclusive');
    await expect(acquireRepoLock(repo, 'shared')).rejects.toThrow(TIMEOUT);
    js.release();
  });
});

describeWithReferee('the lock beside ostree', () => {
  describeWithNative('with record locks', (engine) => {
    it('keeps `ostree prune` out while it is shared, in the words that we use too', async () => {
      const repo = lockable(engine, 1);
      const lock = await acquireRepoLock(repo, 'shared');
      const pruned = run(ostree, [`--repo=${repo.path}`, 'prune', '--refs-only']);
      lock.release();
      expect(pruned.stderr).toBe('error: Locking repo exclusive failed: Resource temporarily unavailable\n');
      expect(run(ostree, [`--repo=${repo.path}`, 'prune', '--refs-only']).status).toBe(0);
      const letGo = await foreignHolder(repo, 'shared');
      const ours = await acquireRepoLock(repo, 'exclusive').then(() => 'no error', (error: unknown) => (error as Error).message);
      await letGo();
      expect(`error: ${ours}\n`).toBe(pruned.stderr);
      expect(existsSync(`${repo.path}/.lock`)).toBe(true);
    });
  });
});
