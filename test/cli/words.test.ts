import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import type { Finished, RunOptions } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('words');

/** Usage pages differ in the program's name and in the sections of our own options and commands. */
function withoutOurs(text: string): string {
  return text.replaceAll(/Coppice (?:Options|Commands):\n(?: .*\n)*\n/g, '').replaceAll('  coppice ', '  ostree ');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function both(args: readonly string[], options: RunOptions = {}): [ours: Finished, theirs: Finished] {
  const ours = run(coppice, args, options);
  return [{ ...ours, stdout: withoutOurs(ours.stdout), stderr: withoutOurs(ours.stderr) }, run(ostree, args, options)];
}

const VERBS = [
  'cat', 'checkout', 'checksum', 'commit', 'config', 'diff', 'export', 'find-remotes', 'create-usb', 'fsck', 'gpg-sign', 'init', 'log', 'ls',
  'prune', 'pull-local', 'pull', 'refs', 'reset', 'rev-parse', 'sign', 'show', 'summary',
  'remote add', 'remote delete', 'remote show-url', 'remote list', 'remote gpg-import', 'remote gpg-list-keys', 'remote add-cookie',
  'remote delete-cookie', 'remote list-cookies', 'remote refs', 'remote summary',
  'static-delta list', 'static-delta show', 'static-delta delete', 'static-delta generate', 'static-delta apply-offline',
  'static-delta verify', 'static-delta indexes', 'static-delta reindex',
  'admin cleanup', 'admin config-diff', 'admin deploy', 'admin init-fs', 'admin os-init', 'admin pin', 'admin set-origin', 'admin status',
  'admin switch', 'admin undeploy', 'admin unlock', 'admin upgrade', 'admin kargs edit-in-place',
  'admin instutil selinux-ensure-labeled', 'admin instutil set-kargs', 'admin instutil grub2-generate',
];
const GROUPS = ['', 'admin', 'remote', 'static-delta', 'admin instutil', 'admin kargs'];

const wordsOf = (name: string): string[] => name.split(' ').filter((word) => word !== '');

describeWith([needs.referee], 'words of the command line, beside ostree', () => {
  it.each(VERBS)('prints the same --help: %s', (verb) => {
    const [ours, theirs] = both([...wordsOf(verb), '--help']);
    expect(ours).toEqual(theirs);
  });

  it.each(GROUPS)('prints the same --help of the group "%s"', (group) => {
    const [ours, theirs] = both([...wordsOf(group), '--help']);
    expect(ours).toEqual(theirs);
  });

  it.each(GROUPS)('prints usage and fails without a command in the group "%s"', (group) => {
    const [ours, theirs] = both(wordsOf(group));
    expect(ours).toEqual(theirs);
  });

  it.each([
    [['bogus']],
    [['--bogus']],
    [['--bogus', 'refs']],
    [['--repo', 'r', 'refs']],
    [['']],
    [['--']],
    [['admin', 'bogus']],
    [['admin', '--bogus', 'bogus']],
    [['admin', '--sysroot']],
    [['remote', 'bogus']],
    [['remote', '--repo=r']],
    [['static-delta', 'bogus']],
    [['admin', 'instutil', 'bogus']],
    [['admin', 'kargs', 'bogus']],
    [['--help', 'refs']],
    [['refs', '-h']],
    [['-h', 'admin', 'status']],
    [['commit', '-h', '-Z']],
    [['commit', '-Zh']],
    [['commit', '-Ih']],
    [['commit', '-?']],
    [['commit', '--help-all']],
    [['commit', '--help=3']],
    [['commit', '--bran=x']],
    [['checkout', '-U', '--bogus=1']],
    [['refs', '--create']],
    [['refs', '--repo']],
    [['prune', '--depth=x']],
    [['prune', '--depth=99999999999']],
    [['checksum', '--repo=r']],
  ])('says the same to %j', (words) => {
    const [ours, theirs] = both(words);
    expect(ours).toEqual(theirs);
  });

  it.each([['refs'], ['init'], ['rev-parse', 'main'], ['config', 'get', 'core.mode']])('asks for a repository where there is none: %s', (...words) => {
    const cwd = scratch.fresh('empty');
    mkdirSync(cwd);
    const [ours, theirs] = both(words, { cwd, env: { OSTREE_REPO: undefined, OSTREE_SYSROOT: undefined } });
    expect(ours).toEqual(theirs);
  });
});

describeWith([needs.referee], 'where the repository is', () => {
  const one = scratch.fresh('one');
  const two = scratch.fresh('two');
  const empty = scratch.fresh('empty');
  const sysroot = join(empty, 'sysroot');

  beforeAll(() => {
    mkdirSync(join(sysroot, 'ostree'), { recursive: true });
    for (const [path, ref] of [[one, 'first'], [two, 'second'], [join(sysroot, 'ostree/repo'), 'third']] as const) {
      succeed(ostree, ['init', `--repo=${path}`, '--mode=archive']);
      succeed(ostree, ['commit', `--repo=${path}`, '-b', ref, `--tree=dir=${empty}`]);
    }
  });

  const env = { OSTREE_REPO: two, OSTREE_SYSROOT: sysroot };
  const noRepo = { OSTREE_REPO: undefined, OSTREE_SYSROOT: sysroot };
  it.each<[title: string, words: readonly string[], options: RunOptions]>([
    ['the last --repo', ['refs', `--repo=${one}`, '--repo', two], {}],
    ['the last --repo, around the command', [`--repo=${one}`, 'refs', '--repo=/nonexistent'], {}],
    ['--repo before everything else', ['refs', `--repo=${one}`], { cwd: two, env }],
    ['the working directory before OSTREE_REPO', ['refs'], { cwd: one, env }],
    ['OSTREE_REPO before the system', ['refs'], { cwd: empty, env }],
    ['the system at last', ['refs'], { cwd: empty, env: noRepo }],
    ['an empty OSTREE_REPO as none', ['refs'], { cwd: empty, env: { ...noRepo, OSTREE_REPO: '' } }],
    ['nothing at a place that is not there', ['refs', '--repo=/nonexistent'], {}],
    ['nothing in any directory', ['refs', `--repo=${empty}`], {}],
    ['nothing where OSTREE_REPO is wrong', ['refs'], { cwd: empty, env: { ...env, OSTREE_REPO: '/nonexistent' } }],
  ])('is %s', (_title, words, options) => {
    const [ours, theirs] = both(words, options);
    expect(ours).toEqual(theirs);
  });
});

describeWith([needs.referee], 'commands of others, beside ostree', () => {
  const folder = scratch.fresh('bin');
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };

  beforeAll(() => {
    mkdirSync(folder);
    for (const word of ['hello', 'refs']) {
      writeFileSync(join(folder, `ostree-${word}`), '#!/bin/sh\necho "$@"; exit 7\n');
      chmodSync(join(folder, `ostree-${word}`), 0o755);
    }
    writeFileSync(join(folder, 'ostree-nothing'), 'no program');
  });

  it.each([
    [['--repo=r', 'hello', 'a', '--b', '--', 'c'], 7],
    [['hello', '--version'], 7],
    [['hello', '--help'], 7],
    [['refs', '--help'], 0],
    [['admin', 'hello'], 1],
    [['nothing'], 1],
  ])('runs ostree-WORD with all words of the line and its exit status: %j', (words, status) => {
    const [ours, theirs] = both(words, { env });
    expect(ours).toEqual(theirs);
    expect(ours.status).toBe(status);
  });
});

describeWith([needs.referee], 'commands of ours', () => {
  it('take no word of ostree', () => {
    const commandsIn = (page: string, head: string): string[] => {
      const section = new RegExp(`${head} Commands:\n((?:  .*\n)+)`).exec(page)?.[1] ?? '';
      return [...section.matchAll(/^ {2}(\S+)/gm)].map(([, word = '']) => word);
    };
    const ours = commandsIn(run(coppice, ['--help']).stdout, 'Coppice');
    const theirs = commandsIn(run(ostree, ['--help']).stdout, 'Builtin');
    expect([ours.length, theirs.length].every((count) => count > 4)).toBe(true);
    expect(ours.filter((word) => theirs.includes(word))).toEqual([]);
  });
});

describe('verbs that are not built', () => {
  it('says so and fails', () => {
    expect(run(coppice, ['pull', 'origin'])).toMatchObject({ status: 1, stdout: '', stderr: 'error: pull is not built yet\n' });
    expect(lastLine(run(coppice, ['admin', '--print-current-dir']).stderr)).toBe('error: admin --print-current-dir is not built yet');
  });
});
