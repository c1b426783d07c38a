import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyTree, expectSound } from '../support/fault.ts';
import { coppice, succeed, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { SmallMemory } from '../support/small-memory.ts';
import { dir, sparse, writeTree } from '../support/tree.ts';

const MEBIBYTE = 1024 * 1024;
const LIMIT_BYTES = 128 * MEBIBYTE;
const HUGE_BYTES = Number(process.env['COPPICE_SPARSE_MB'] ?? '300') * MEBIBYTE;

describeWith([needs.root, needs.referee, needs.cgroup], 'a device with 128 MB of memory', () => {
  const scratch = new Scratch('small-memory', tmpdir()); // on disk: what lies in memory would count
  const tree = join(scratch.path, 'tree');
  const memory = new SmallMemory('test', LIMIT_BYTES);

  beforeAll(() => {
    const { entries } = busyTree(21, 3000, 2 * MEBIBYTE);
    writeTree(tree, dir({ ...entries, huge: sparse('content at the start', HUGE_BYTES) }));
  });
  afterAll(() => memory.release());

  it.each([
    ['native', 'bare-user-only'],
    ['native', 'archive'],
    ['wasm', 'bare-user-only'],
  ] as const)('does everything there with engine %s in %s, and nothing is killed', (engine, mode) => {
    const program = memory.confine(withWords(coppice, `--engine=${engine}`, '--threads=0', '--max-memory=64M'));
    const [repo, checkout] = [scratch.fresh('repo'), scratch.fresh('checkout')];
    succeed(program, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    const commit = ['commit', `--repo=${repo}`, '-b', 'main', '--no-xattrs', '--owner-uid=0', '--owner-gid=0', tree];
    const first = succeed(program, commit);
    succeed(program, ['checkout', `--repo=${repo}`, '-U', 'main', checkout]);
    succeed(program, ['fsck', `--repo=${repo}`]);
    expect(succeed(program, ['ls', `--repo=${repo}`, '-R', 'main']).split('\n').length).toBeGreaterThan(3000);
    expect(succeed(program, ['diff', `--repo=${repo}`, '--owner-uid=0', '--owner-gid=0', 'main', tree]).split('\n').length).toBe(1);
    expect(succeed(program, commit)).not.toBe(first); // another time, the same tree
    expect(memory.kills).toBe(0);
    expectSound(repo);
  });
});
