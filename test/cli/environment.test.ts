import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, isRealCoppice, ostree, run, runWords, succeed } from '../support/program.ts';
import type { Program, RunOptions } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('environment');

/** A directory with a repository of one commit and a tree. */
function makeWorld(program: Program): string {
  const world = scratch.fresh(program.name);
  mkdirSync(join(world, 'tree'), { recursive: true });
  writeFileSync(join(world, 'tree/file'), 'x');
  succeed(program, ['init', '--repo=repo', '--mode=archive'], { cwd: world });
  succeed(program, ['commit', '--repo=repo', '-b', 'before', '--timestamp=@1', 'tree'], { cwd: world });
  return world;
}

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly refs: string;
}

function commitWith(program: Program, env: RunOptions['env']): Told {
  const world = makeWorld(program);
  const { status, stdout, stderr } = run(program, ['commit', '--repo=repo', '-b', 'x', '--timestamp=@2', 'tree'], { cwd: world, ...(env === undefined ? {} : { env }) });
  return { status, stdout, stderr, refs: succeed(ostree, ['refs', '--repo=repo'], { cwd: world }) };
}

describeWith([needs.referee], 'the environment, beside ostree', () => {
  it.each([
    [{ OSTREE_REPO_TEST_ERROR: 'pre-commit' }, 1],
    [{ OSTREE_REPO_TEST_ERROR: 'invalid-cache' }, 0],
    [{ OSTREE_REPO_TEST_ERROR: 'bogus' }, 0],
    [{ OSTREE_REPO_TEST_ERROR: '' }, 0],
    [{ G_DEBUG: 'fatal-warnings' }, 0],
    [{ G_DEBUG: 'bogus' }, 0],
    [{ OSTREE_BOOTID: 'another' }, 0],
    [{ OSTREE_DUMMY_SIGN_ENABLED: '1' }, 0],
    [{ OSTREE_SYSROOT_DEBUG: 'mutable-deployments' }, 0],
  ])('commits the same or fails the same with %j', (env, status) => {
    const ours = commitWith(coppice, env);
    expect(ours).toEqual(commitWith(ostree, env));
    expect(ours.status).toBe(status);
    expect(ours.refs.includes('x')).toBe(status === 0);
  });

  it.each([[undefined], ['1'], ['']])('makes tmp/cache unless OSTREE_SKIP_CACHE is set: %j', (skip) => {
    const cacheOf = (program: Program): readonly string[][] => {
      const world = scratch.fresh(program.name);
      mkdirSync(join(world, 'tree'), { recursive: true });
      const lines = [['init', '--mode=archive'], ['refs'], ['commit', '-b', 'x', 'tree'], ['commit', '-b', 'x', 'tree'], ['prune'], ['init', '--repo=other', '--mode=archive'], ['pull-local', '--repo=other', 'repo']];
      return lines.map((words) => {
        succeed(program, ['--repo=repo', ...words], { cwd: world, env: { OSTREE_SKIP_CACHE: skip } });
        return readdirSync(join(world, words.includes('--repo=other') ? 'other/tmp' : 'repo/tmp'));
      });
    };
    expect(cacheOf(coppice)).toEqual(cacheOf(ostree));
  });

  it('gives the editor a file in TMPDIR and removes it', () => {
    const placeOf = (program: Program): unknown => {
      const world = makeWorld(program);
      mkdirSync(join(world, 'temporary'));
      writeFileSync(join(world, 'editor'), '#!/bin/sh\ndirname "$1" > place\necho subject > "$1"\n');
      chmodSync(join(world, 'editor'), 0o755);
      succeed(program, ['commit', '--repo=repo', '-b', 'x', '-e', 'tree'], { cwd: world, env: { EDITOR: './editor', TMPDIR: join(world, 'temporary') } });
      return [readFileSync(join(world, 'place'), 'utf8').replace(world, ''), readdirSync(join(world, 'temporary'))];
    };
    expect(placeOf(coppice)).toEqual(placeOf(ostree));
  });
});

describe.runIf(isRealCoppice)('our own variables and options', () => {
  let world = '';
  beforeAll(() => {
    world = makeWorld(coppice);
  });
  const told = (words: readonly string[], env: Readonly<Record<string, string>> = {}): string => run(coppice, words, { cwd: world, env }).stderr;

  it.each([
    ['COPPICE_ENGINE and COPPICE_THREADS', ['fsck', '-v', '--repo=repo'], { COPPICE_ENGINE: 'wasm', COPPICE_THREADS: '3' }],
    ['options before the command', ['--engine=wasm', '--threads=3', '--repo=repo', 'fsck', '-v'], {}],
    ['options of two words behind it', ['fsck', '--verbose', '--engine', 'wasm', '--threads', '3', '--repo', 'repo'], {}],
    ['options behind positional words', ['checkout', '--repo=repo', '-v', '-U', '--union', 'before', 'co', '--threads=3', '--engine=wasm'], {}],
    ['the line before the environment', ['fsck', '-v', '--repo=repo', '--engine=wasm', '--threads=3'], { COPPICE_ENGINE: 'js', COPPICE_THREADS: '1' }],
  ])('are heard: %s', (_, words, env) => {
    expect(told(words, env)).toMatch(/^OT: engine wasm: .*; 3 threads$/m);
  });

  it('take COPPICE_MAX_MEMORY and --max-memory alike', () => {
    const refused = /error: .*memory/i;
    expect(told(['commit', '--repo=repo', '-b', 'm', 'tree'], { COPPICE_MAX_MEMORY: '512M' })).not.toMatch(refused);
    expect(told(['--max-memory', '512M', 'commit', '--repo=repo', '-b', 'm', 'tree'])).not.toMatch(refused);
  });

  it.each([['plain'], ['json'], ['none'], ['auto']])('tell progress on standard error alone: %s', (progress) => {
    const checkout = (...words: readonly string[]) => run(coppice, ['checkout', '--repo=repo', '-U', '--union', 'before', `co-${progress}`, ...words], { cwd: world });
    expect(checkout(`--progress=${progress}`)).toMatchObject({ status: 0, stdout: checkout().stdout });
  });

  it.each([[{ NO_COLOR: '1' }], [{ NO_COLOR: '', TERM: 'xterm-256color' }]])('colour nothing, on a terminal either: %j', (env) => {
    const line = [...coppice.words, 'fsck', `--repo=${world}/repo`].map((word) => `'${word}'`).join(' ');
    const { status, stdout } = runWords(['script', '-qec', line, '/dev/null'], { env });
    expect(status).toBe(0);
    expect(stdout).toContain('fsck objects');
    expect(stdout.split('\u001b[').slice(1).filter((sequence) => /^[\d;]*m/.test(sequence))).toEqual([]);
  });
});
