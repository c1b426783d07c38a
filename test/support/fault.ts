import { expect } from 'vitest';
import { strayFiles } from './compare.ts';
import { coppice, ostree, run } from './program.ts';
import type { Finished, Program } from './program.ts';
import { dir, file } from './tree.ts';
import type { Directory, Entry } from './tree.ts';
import { noise } from './nasty-tree.ts';

/** What a kill may leave, named after its process; the next transaction removes it. */
const LEFTOVER = /^tmp\/coppice-(staging|holder|exclusive|index|file)-/;
const STACK_TRACE = /\n\s+at .*[:(]|node:internal|Error\.captureStackTrace|UnhandledPromise/;

/** Random numbers in [0, 1) that a seed repeats. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A tree of its own content per seed: every commit of it has objects to write. */
export function busyTree(seed: number, files: number, bigBytes = 400_000): Directory {
  const folders = Array.from({ length: Math.ceil(files / 50) }, (_, folder): [string, Entry] => [`folder-${folder}`, busyFolder(seed, folder)]);
  return dir({ ...Object.fromEntries(folders), big: file(noise(bigBytes, seed + 7)), same: file('in every tree\n'), link: file('x') });
}

function busyFolder(seed: number, folder: number): Directory {
  const files = Array.from({ length: 50 }, (_, index): [string, Entry] => [`file-${index}`, file(`seed ${seed} folder ${folder} file ${index}\n`.repeat(1 + ((index * 37) % 60)))]);
  return dir(Object.fromEntries(files), { mode: 0o755 });
}

/** ostree's own fsck has nothing to say against the repository. */
export function expectSound(repo: string): void {
  const fsck = run(ostree, ['fsck', `--repo=${repo}`, '--quiet']);
  expect({ status: fsck.status, stderr: fsck.stderr }).toEqual({ status: 0, stderr: '' });
}

/** Nothing in tmp/ but what the next transaction is known to remove. */
export function expectOnlyStaging(repo: string): void {
  expect(strayFiles(repo).filter((path) => !LEFTOVER.test(path))).toEqual([]);
}

/** Commits again with the program under test and finds a sound repository with nothing left over. */
export function expectNextCommit(repo: string, source: string, branch: string, program: Program = coppice): void {
  const next = run(program, ['commit', `--repo=${repo}`, '-b', branch, '--timestamp=@1700000000', source]);
  expect({ status: next.status, stderr: next.stderr }).toEqual({ status: 0, stderr: '' });
  expect(next.stdout.trim()).toMatch(/^[0-9a-f]{64}$/);
  expectSound(repo);
  expect(strayFiles(repo)).toEqual([]);
}

/** Status 1 and one clear line that matches: no stack trace, no half sentence. */
export function expectClearError(result: Finished, mention: RegExp): void {
  expect(result.status, result.stderr).toBe(1);
  expect(result.stderr).toMatch(/^error: /m);
  expect(result.stderr).toMatch(mention);
  expect(result.stderr).not.toMatch(STACK_TRACE);
}
