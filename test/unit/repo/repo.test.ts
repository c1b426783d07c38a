import { describe, expect, it } from 'vitest';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { ostree, run } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { describeWithReferee, errorLine, freshRepo } from './referee.ts';

const scratch = new Scratch('repo');

function withConfig(text: string): string {
  const path = scratch.fresh('config');
  freshRepo(path);
  writeFileSync(`${path}/config`, text);
  return path;
}

const CORE = '[core]\nrepo_version=1\nmode=archive\n';

describe('Repo.open', () => {
  it('reads every setting, with the defaults of libostree', () => {
    const { config } = Repo.open(withConfig(CORE), jsEngine);
    expect(config).toEqual({
      mode: 'archive',
      algorithm: 'sha256',
      fsync: true,
      perObjectFsync: false,
      disableXattrs: false,
      devinoCanonical: false,
      locking: true,
      lockTimeoutSecs: 300,
      minFreeSpace: { percent: 3 },
      tmpExpirySecs: 86_400,
      tombstoneCommits: false,
      zlibLevel: 6,
      collectionId: undefined,
      parent: undefined,
      enableUncompressedCache: true,
      autoUpdateSummary: false,
      indexedDeltas: false,
      noDeltasInSummary: false,
      payloadLinkThreshold: undefined,
      remotes: [],
    });
  });

  it('reads settings that are set', () => {
    const core = 'fsync=false\nlock-timeout-secs=-1\nmin-free-space-size=2GB\ntmp-expiry-secs=60\ncollection-id=org.x.Y\n';
    const { config } = Repo.open(withConfig(`${CORE}${core}[archive]\nzlib-level=99\n[remote "a"]\nurl=x\n[remote "b"]\n`), jsEngine);
    expect(config).toMatchObject({
      fsync: false,
      lockTimeoutSecs: -1,
      minFreeSpace: { bytes: 2n ** 31n, text: '2GB' },
      tmpExpirySecs: 60,
      collectionId: 'org.x.Y',
      zlibLevel: 9,
      remotes: ['a', 'b'],
    });
  });

  it('asks parents of the same mode for content, and refuses a circle', () => {
    const parent = freshRepo(scratch.fresh('parent'));
    const child = withConfig(`${CORE}parent=${parent.path}\n`);
    expect(Repo.open(child, jsEngine).objectSource.objects).toEqual([`${child}/objects`, `${parent.path}/objects`]);
    writeFileSync(`${child}/config`, `[core]\nrepo_version=1\nmode=bare\nparent=${parent.path}\n`);
    expect(Repo.open(child, jsEngine).objectSource.objects).toEqual([`${child}/objects`]);
    writeFileSync(`${child}/config`, `${CORE}parent=${child}\n`);
    expect(() => Repo.open(child, jsEngine)).toThrow(/parent repositories form a circle/);
  });

  it('names code and path of what is wrong', () => {
    const path = scratch.fresh('absent');
    expect(() => Repo.open(path, jsEngine)).toThrow(expect.objectContaining({ code: 'NOT_A_REPOSITORY', facts: { path, errno: 'ENOENT' } }));
    const odd = withConfig('[core]\nrepo_version=7\n');
    expect(() => Repo.open(odd, jsEngine)).toThrow(expect.objectContaining({ code: 'REPO_UNSUPPORTED', facts: { path: odd } }));
  });

  it('makes tmp/cache when it is absent', () => {
    const { path } = freshRepo(scratch.fresh('cache'));
    rmSync(`${path}/tmp`, { recursive: true });
    Repo.open(path, jsEngine);
    expect(existsSync(`${path}/tmp/cache`)).toBe(true);
  });
});

/** What we and `ostree` say of the same path; both must fail. */
function refusals(path: string): { readonly ours: string; readonly theirs: string } {
  const { status, stderr } = run(ostree, ['refs', `--repo=${path}`]);
  return { ours: errorLine(() => Repo.open(path, jsEngine)), theirs: status === 0 ? 'no error' : stderr };
}

describeWithReferee('Repo.open beside `ostree refs`', () => {
  it.each([
    ['repo_version=2\n'],
    ['mode=bare\n'],
    ['repo_version=1\nmode=xyz\n'],
    ['repo_version=1\nmode=\n'],
    ['garbage\n'],
    ['repo_version=1\n[core\n'],
    ['repo_version=1\nmode=bare\narchive=true\n'],
    ['repo_version=1\nparent=/nonexistent\n'],
    ['repo_version=1\nlocking=maybe\n'],
    ['repo_version=1\nfsync=maybe\n'],
    ['repo_version=1\nmin-free-space-percent=101\n'],
    ['repo_version=1\nmin-free-space-percent=100\n'],
    ['repo_version=1\nmin-free-space-percent=-1\n'],
    ['repo_version=1\nmin-free-space-size=5GB\nmin-free-space-percent=700\n'],
    ['repo_version=1\nmin-free-space-size=abc\n'],
    ['repo_version=1\nmin-free-space-size=12\n'],
    ['repo_version=1\nmin-free-space-size=12KB\n'],
  ])('refuses [core] %j with the same words', (lines) => {
    const { ours, theirs } = refusals(withConfig(`[core]\n${lines}`));
    expect(ours).toBe(theirs);
  });

  it.each([[''], ['[x]\na=b\n'], ['garbage\n']])('refuses the config %j with the same words', (text) => {
    const { ours, theirs } = refusals(withConfig(text));
    expect(ours).toBe(theirs);
  });

  it('refuses what is no repository with the same words', () => {
    const file = scratch.fresh('file');
    writeFileSync(file, '');
    const plain = scratch.fresh('plain');
    mkdirSync(plain);
    const bare = scratch.fresh('objects-only');
    mkdirSync(`${bare}/objects`, { recursive: true });
    const directory = withConfig('');
    rmSync(`${directory}/config`);
    mkdirSync(`${directory}/config`);
    const fileObjects = freshRepo(scratch.fresh('file-objects')).path;
    rmSync(`${fileObjects}/objects`, { recursive: true });
    writeFileSync(`${fileObjects}/objects`, '');
    for (const path of [scratch.fresh('missing'), file, plain, bare, directory, fileObjects]) {
      const { ours, theirs } = refusals(path);
      expect(ours).toBe(theirs);
    }
  });

  it.each([
    ['lock-timeout-secs=abc\n'],
    ['min-free-space-percent=abc\n'],
    ['min-free-space-size=0MB\n'],
    ['min-free-space-size=5GB\nmin-free-space-percent=7\n'],
    ['collection-id=bad\n'],
    ['tmp-expiry-secs=abc\n'],
    ['payload-link-threshold=zz\n[archive]\nzlib-level=abc\n'],
  ])('opens [core] %j as ostree does', (lines) => {
    const path = withConfig(`${CORE}${lines}`);
    expect(run(ostree, ['refs', `--repo=${path}`]).status).toBe(0);
    expect(Repo.open(path, jsEngine).mode).toBe('archive');
    expect(readFileSync(`${path}/config`, 'utf8')).toBe(`${CORE}${lines}`);
  });
});
