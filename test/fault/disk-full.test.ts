import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { strayFiles } from '../support/compare.ts';
import { busyTree, expectClearError, expectNextCommit, expectOnlyStaging, expectSound } from '../support/fault.ts';
import { WRITABLE_MODES } from '../support/main-job.ts';
import { coppice, run, succeed, withWords } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { writeTree } from '../support/tree.ts';

const KILOBYTE = 1024;
const PLENTY = { bytes: 64 * KILOBYTE * KILOBYTE, inodes: 100_000 };
const ROOM = { bytes: 8 * KILOBYTE * KILOBYTE };
/** From "not even a directory fits" to "one object short". */
const SPARE_KILOBYTES = [0, 4, 8, 16, 64, 200, 500, 900, 1500, 2000];
const SPARE_INODES = [0, 1, 2, 5, 20, 100, 300, 500];

/** How much is missing, or which file system is full: both in words. */
const FULL = /no space|disk (is )?full|free space|min-free-space/i;

describeWith([needs.referee, needs.root, needs.mount, needs.native], 'a full disk', () => {
  const scratch = new Scratch('full');
  const tree = join(scratch.path, 'tree');
  const small = join(scratch.path, 'small');

  beforeAll(() => {
    writeTree(tree, busyTree(11, 600, 800_000));
    writeTree(small, busyTree(12, 50, 1000));
  });

  const programs: readonly (readonly [string, Program])[] = [
    ['native', coppice],
    ['native without threads', withWords(coppice, '--threads=0')],
    ['wasm', withWords(coppice, '--engine=wasm')],
  ];

  describe.each(programs)('engine %s', (name, program) => {
    const modes = name === 'wasm' ? (['bare-user-only', 'archive'] as const) : WRITABLE_MODES;

    it.each(modes.map((mode) => [mode] as const))('runs out of bytes at every stage, in %s', (mode) => {
      for (const spare of SPARE_KILOBYTES) {
        const disk = new SmallDisk(scratch, ROOM);
        const repo = prepared(disk, mode, 0);
        disk.resize({ bytes: usedBytes(disk) + spare * KILOBYTE });
        checkFailure(program, repo, disk, `${spare} KB spare`);
      }
    });

    it.each(modes.map((mode) => [mode] as const))('runs out of inodes at every stage, in %s', (mode) => {
      for (const spare of SPARE_INODES) {
        const disk = new SmallDisk(scratch, ROOM);
        const repo = prepared(disk, mode, 0);
        disk.resize({ ...ROOM, inodes: usedInodes(disk) + spare });
        checkFailure(program, repo, disk, `${spare} inodes spare`);
      }
    });

    it('keeps min-free-space-percent free and says how much is missing', () => {
      const disk = new SmallDisk(scratch, ROOM);
      const repo = prepared(disk, 'bare-user-only', 50);
      disk.resize({ bytes: usedBytes(disk) * 2 + 100 * KILOBYTE });
      const result = commit(program, repo);
      expectClearError(result, /min-free-space-percent '?50%?'? would be exceeded, at least \d+(\.\d+)?[\s\u00a0]\S+ requested/);
      finish(repo, disk);
    });
  });

  it('is told at checkout too, and a second try with room succeeds', () => {
    const repo = scratch.fresh('repo');
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=archive']);
    succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'main', tree]);
    for (const spare of SPARE_KILOBYTES) {
      const disk = new SmallDisk(scratch, { bytes: Math.max(4, spare) * KILOBYTE });
      expectClearError(run(coppice, ['checkout', `--repo=${repo}`, '--union', 'main', join(disk.path, 'co')]), FULL);
      disk.resize(PLENTY);
      succeed(coppice, ['checkout', `--repo=${repo}`, '--union', 'main', join(disk.path, 'co')]);
      disk.release();
    }
    expectSound(repo);
  });

  /** Either it fits, or the error is clear; and the repository is sound and works once there is room. */
  function checkFailure(program: Program, repo: string, disk: SmallDisk, moment: string): void {
    const result = commit(program, repo);
    expect(result.status, `${moment}: this was meant to be too small`).toBe(1);
    expectClearError(result, FULL);
    expect.soft(result.stderr, 'names the file system or a path on it').toContain(disk.path);
    expect.soft(result.stderr, 'says how much').toMatch(/\d+([.,]\d+)?[\s\u00a0]?(bytes|[kMG]i?B|inodes|files)|no (free )?inodes/i);
    finish(repo, disk);
  }

  function finish(repo: string, disk: SmallDisk): void {
    expectSound(repo);
    expectOnlyStaging(repo);
    expect(succeed(coppice, ['refs', `--repo=${repo}`])).toBe('before');
    disk.resize(PLENTY);
    if (process.env['COPPICE_FAULT_STRICT'] !== undefined) expect(strayFiles(repo)).toEqual([]);
    setFreePercent(repo, 0);
    expectNextCommit(repo, tree, 'next');
    disk.release();
  }

  function prepared(disk: SmallDisk, mode: string, freePercent: number): string {
    const repo = join(disk.path, 'repo');
    succeed(coppice, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    setFreePercent(repo, freePercent);
    succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'before', small]);
    return repo;
  }

  const commit = (program: Program, repo: string): ReturnType<typeof run> => run(program, ['commit', `--repo=${repo}`, '--no-xattrs', '-b', 'main', tree]);
});

function setFreePercent(repo: string, percent: number): void {
  appendFileSync(join(repo, 'config'), `min-free-space-percent=${percent}\n`);
}

function usedBytes(disk: SmallDisk): number {
  return Number(succeed({ name: 'ostree', words: ['df', '-B1', '--output=used', disk.path] }, []).split('\n')[1]);
}

function usedInodes(disk: SmallDisk): number {
  return Number(succeed({ name: 'ostree', words: ['df', '--output=iused', disk.path] }, []).split('\n')[1]);
}
