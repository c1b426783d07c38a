import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import type { Finished, RunOptions } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('words');

/** Usage pages differ in the program's name and in the section of our own options. */
function withoutOurs(text: string): string {
  return text.replaceAll(/Coppice Options:\n(?: .*\n)*\n/g, '').replaceAll('  coppice ', '  ostree ');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function both(args: readonly string[], options: RunOptions = {}): [Finished, Finished] {
  return [run(coppice, args, options), run(ostree, args, options)];
}

function expectSame(args: readonly string[], options: RunOptions = {}): void {
  const [ours, theirs] = both(args, options);
  expect({ ...ours, stdout: withoutOurs(ours.stdout), stderr: withoutOurs(ours.stderr) }).toEqual(theirs);
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
    expectSame([...wordsOf(verb), '--help']);
  });

  it.each(GROUPS)('prints the same --help of the group "%s"', (group) => {
    expectSame([...wordsOf(group), '--help']);
  });

  it.each(GROUPS)('prints usage and fails without a command in the group "%s"', (group) => {
    expectSame(wordsOf(group));
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
    expectSame(words);
  });

  it('asks for a repository where there is none', () => {
    const cwd = scratch.fresh('empty');
    mkdirSync(cwd);
    for (const verb of ['refs', 'init', 'rev-parse', 'config']) {
      expectSame([verb, ...(verb === 'config' ? ['get', 'core.mode'] : [])], { cwd, env: { OSTREE_REPO: undefined, OSTREE_SYSROOT: undefined } });
    }
  });
});

describeWith([needs.referee], 'where the repository is', () => {
  const [one, two, empty] = ['one', 'two', 'empty'].map((name) => scratch.fresh(name));
  const place = (path: string | undefined): string => path ?? '';

  beforeAll(() => {
    mkdirSync(place(empty));
    for (const [path, ref] of [[place(one), 'first'], [place(two), 'second']] as const) {
      succeed(ostree, ['init', `--repo=${path}`, '--mode=archive']);
      succeed(ostree, ['commit', `--repo=${path}`, '-b', ref, '--tree=dir=' + place(empty)]);
    }
    mkdirSync(join(place(empty), 'sysroot/ostree'), { recursive: true });
    succeed(ostree, ['init', `--repo=${place(empty)}/sysroot/ostree/repo`, '--mode=archive']);
  });

  it('is told by the last --repo', () => {
    expectSame(['refs', `--repo=${place(one)}`, '--repo', place(two)]);
    expectSame([`--repo=${place(one)}`, 'refs', `--repo=/nonexistent`]);
  });

  it('is the working directory before OSTREE_REPO, and OSTREE_REPO before the system', () => {
    const env = { OSTREE_REPO: place(two), OSTREE_SYSROOT: join(place(empty), 'sysroot') };
    expectSame(['refs'], { cwd: place(one), env });
    expectSame(['refs'], { cwd: place(empty), env });
    expectSame(['refs'], { cwd: place(empty), env: { ...env, OSTREE_REPO: undefined } });
    expectSame(['refs', `--repo=${place(one)}`], { cwd: place(two), env });
  });

  it('is not any directory: same words for what is missing', () => {
    expectSame(['refs', '--repo=/nonexistent']);
    expectSame(['refs', `--repo=${place(empty)}`]);
    expectSame(['refs'], { cwd: place(empty), env: { OSTREE_REPO: '/nonexistent', OSTREE_SYSROOT: undefined } });
  });
});

describe('commands of others', () => {
  it('runs ostree-WORD with all words of the line and its exit status', () => {
    const folder = scratch.fresh('bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'ostree-hello'), '#!/bin/sh\necho "$@"; exit 7\n');
    chmodSync(join(folder, 'ostree-hello'), 0o755);
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    expect(run(coppice, ['--repo=r', 'hello', 'a', '--b'], { env })).toMatchObject({ status: 7, stdout: '--repo=r hello a --b\n' });
  });
});

describe('verbs that are not built', () => {
  it('says so and fails', () => {
    expect(run(coppice, ['pull', 'origin'])).toMatchObject({ status: 1, stdout: '', stderr: 'error: pull is not built yet\n' });
    expect(lastLine(run(coppice, ['admin', '--print-current-dir']).stderr)).toBe('error: admin --print-current-dir is not built yet');
  });
});
