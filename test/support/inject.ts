import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClearError, expectNextCommit, expectOnlyStaging, expectSound } from './fault.ts';
import { noise } from './nasty-tree.ts';
import { coppice, ostree, run, runWords, succeed, withWords } from './program.ts';
import type { Program } from './program.ts';
import { describeWith, needs } from './requirements.ts';
import { removeTree, Scratch } from './scratch.ts';
import { runWithInjection, spread, traceCalls } from './strace.ts';
import type { Injected, TracedCall } from './strace.ts';
import { dir, file, symlink, writeTree } from './tree.ts';

/** Moments tried for each system call and error; COPPICE_FAULT_POINTS=1000 tries every one. */
const POINTS = Number(process.env['COPPICE_FAULT_POINTS'] ?? '4');

/** What may go wrong in each call. */
const FAULTS: readonly (readonly [syscalls: readonly string[], errors: readonly string[]])[] = [
  [['openat', 'openat2'], ['EIO', 'ENOSPC', 'EMFILE', 'EACCES']],
  [['read', 'pread64', 'getdents64', 'readlinkat', 'readlink'], ['EIO']],
  [['write', 'pwrite64', 'copy_file_range', 'ftruncate', 'fallocate'], ['EIO', 'ENOSPC']],
  [['link', 'linkat', 'symlink', 'symlinkat'], ['EIO', 'ENOSPC', 'EACCES']],
  [['rename', 'renameat', 'renameat2'], ['EIO', 'ENOSPC', 'EACCES']],
  [['mkdir', 'mkdirat'], ['EIO', 'ENOSPC', 'EACCES']],
  [['fsync', 'fdatasync', 'syncfs'], ['EIO', 'ENOSPC']],
  [['fchmod', 'fchmodat', 'chmod', 'fchown', 'fchownat', 'lchown', 'fsetxattr', 'lsetxattr', 'setxattr', 'utimensat'], ['EIO', 'EPERM']],
  [['statx', 'newfstatat', 'fstat', 'statfs', 'fstatfs'], ['EIO', 'EACCES']],
  [['unlink', 'unlinkat', 'rmdir'], ['EIO', 'EACCES']],
  [['fcntl', 'flock'], ['EIO']],
];
const SYSCALLS = FAULTS.flatMap(([syscalls]) => syscalls);

/** A program that commits into a repository of a mode, in memory or, where flushing matters, on a disk. */
export interface InjectionLane {
  readonly engine: 'native' | 'wasm';
  readonly mode: string;
  readonly onDisk?: boolean;
}

/** Lets one system call of a commit, and of a checkout from each of `checkouts`, fail at a time. */
export function describeInjection(lanes: readonly InjectionLane[], checkouts: readonly string[]): void {
  describeWith([needs.referee, needs.root, needs.strace, needs.native], `one failing system call (${POINTS} moments each)`, () => {
    const scratch = new Scratch('inject');
    /** Not in memory, where there is nothing to flush. */
    const disk = new Scratch('inject', tmpdir());
    const tree = join(scratch.path, 'tree');
    const log = join(scratch.path, 'strace.log');
    /** A path under test, or a ref in ostree's words. */
    const names = new RegExp(`${scratch.path}|${disk.path}|refs/(?:heads|remotes|mirrors)/main`);

    beforeAll(() => {
      writeTree(tree, dir({ a: file('a\n'), b: file(noise(200_000), { mode: 0o755 }), d: dir({ c: file('c\n'), e: file(), l: symlink('c') }), l: symlink('a') }));
    });

    const programOf = ({ engine }: InjectionLane): Program => withWords(coppice, `--engine=${engine}`, '--threads=0');
    const rows = lanes.map((lane) => [lane.onDisk === true ? `${lane.engine} on disk` : lane.engine, programOf(lane), lane.mode, lane.onDisk === true ? disk : scratch] as const);

    describe.each(rows)('of a commit, engine %s', (_, program, mode, at) => {
      const template = at.fresh(`template-${mode}`);
      const faults = FAULTS.filter(([syscalls]) => at === scratch || syscalls.includes('fsync'));
      let calls: readonly TracedCall[] = [];
      let checksum = '';

      beforeAll(() => {
        succeed(ostree, ['init', `--repo=${template}`, `--mode=${mode}`]);
        const repo = copyOf(template, at);
        calls = traceCalls(commitWords(program, repo, tree), SYSCALLS, at.path, log);
        checksum = succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main']);
        expect(calls.length).toBeGreaterThan(20);
        if (at === disk) expect(calls.filter(({ syscall }) => syscall === 'fsync').length).toBeGreaterThan(10);
      });

      it.each(faults.map(([syscalls, errors]) => [syscalls.join(', '), errors.join(', '), syscalls, errors] as const))(`%s with %s, in ${mode}`, (_names, _errors, syscalls, errors) => {
        for (const syscall of syscalls) {
          for (const error of errors) {
            for (const call of spread(calls.filter((each) => each.syscall === syscall), POINTS)) {
              const repo = copyOf(template, at);
              const injected = runWithInjection(commitWords(program, repo, tree), { syscall, error, nth: call.nth }, log);
              explain(injected, call, error, () => {
                judge(injected, repo, checksum);
              });
              removeTree(repo);
            }
          }
        }
      });
    });

    function judge({ result, line }: Injected, repo: string, checksum: string): void {
      if (line === undefined || ![scratch.path, disk.path].some((path) => line.includes(path))) return;
      if (result.status === 0) expect(succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main'])).toBe(checksum);
      else expectClearError(result, names);
      const ref = run(ostree, ['rev-parse', `--repo=${repo}`, 'main']);
      if (ref.status === 0) expect(ref.stdout.trim()).toBe(checksum);
      expectSound(repo);
      expectOnlyStaging(repo);
      expectNextCommit(repo, tree, 'next');
    }

    it.each(checkouts)('of a checkout from %s leaves the repository sound and says what failed', (mode) => {
      const repo = scratch.fresh('repo');
      succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
      succeed(ostree, ['commit', `--repo=${repo}`, '-b', 'main', tree]);
      const words = (to: string): readonly string[] => [...withWords(coppice, '--threads=0').words, 'checkout', `--repo=${repo}`, '-U', '--disable-cache', 'main', to];
      const calls = traceCalls(words(scratch.fresh('co')), SYSCALLS, scratch.path, log);
      for (const [syscalls, errors] of FAULTS) {
        for (const syscall of syscalls) {
          for (const call of spread(calls.filter((each) => each.syscall === syscall), POINTS)) {
            const error = errors[call.nth % errors.length] ?? 'EIO';
            const injected = runWithInjection(words(scratch.fresh('co')), { syscall, error, nth: call.nth }, log);
            explain(injected, call, error, () => {
              if (injected.line?.includes(scratch.path) === true && injected.result.status !== 0) expectClearError(injected.result, names);
            });
          }
        }
      }
      expectSound(repo);
    });
  });
}

/** A failed expectation says which call was made to fail. */
function explain({ result, line }: Injected, call: TracedCall, error: string, check: () => void): void {
  try {
    check();
  } catch (problem) {
    const words = `${call.syscall} number ${call.nth} failing with ${error}: ${line ?? call.line}\nstatus ${String(result.status)}, stderr: ${result.stderr}`;
    throw new Error(`${words}\n${problem instanceof Error ? problem.message : String(problem)}`, { cause: problem });
  }
}

function commitWords(program: Program, repo: string, tree: string): readonly string[] {
  return [...program.words, 'commit', `--repo=${repo}`, '-b', 'main', '--timestamp=@1700000000', '--no-bindings', '--no-xattrs', tree];
}

function copyOf(template: string, scratch: Scratch): string {
  const repo = scratch.fresh('repo');
  runWords(['cp', '-a', template, repo]);
  return repo;
}
