import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('config');

const START = `[core]
repo_version=1
mode=archive-z2

[remote "origin"]
url=http://127.0.0.1
gpg-verify=false

[strange group]
key with\\sblanks=\\sx\\ty
`;

/** What each command says, and the file at the end. */
function play(program: Program, commands: readonly (readonly string[])[], start = START): unknown {
  const repo = scratch.fresh(program.name);
  succeed(ostree, ['init', `--repo=${repo}`, '--mode=archive']);
  const file = join(repo, 'config');
  writeFileSync(file, start);
  const told = commands.map((words) => {
    const { status, stdout, stderr } = run(program, ['config', `--repo=${repo}`, ...words]);
    return { words, status, stdout, error: stderr.trimEnd().split('\n').at(-1) };
  });
  return { told, config: readFileSync(file, 'utf8'), mode: (statSync(file).mode & 0o7777).toString(8) };
}

function playBoth(commands: readonly (readonly string[])[]): [ours: unknown, theirs: unknown] {
  return [play(coppice, commands), play(ostree, commands)];
}

describeWith([needs.referee], 'config, beside ostree', () => {
  it('gets', () => {
    const [ours, theirs] = playBoth([
      ['get', 'core.mode'], ['get', 'core.nokey'], ['get', 'nogroup.key'], ['get', 'core'], ['get'], ['get', 'core.mode', 'extra'], ['get', '--group=core', 'mode'],
      ['--group', 'core', 'get', 'core.mode'], ['get', '--group=core'], ['get', '--group=remote "origin"', 'url'], ['get', 'remote "origin".url'],
      ['get', '--group=', 'x'], ['get', 'strange group.key with\\sblanks'], [], ['bogus'], ['bogus', 'x'], ['bogus', 'x', 'y'], ['set', 'a', 'b', 'c', 'd'],
    ]);
    expect(ours).toEqual(theirs);
  });

  it('sets, leaving every other line as it was', () => {
    const [ours, theirs] = playBoth([
      ['set', 'core.fsync', 'false'], ['set', 'core.fsync', 'true'], ['set', 'remote "origin".url', 'http://127.0.0.2'], ['set', '--group=remote "second"', 'url', 'file:///x'],
      ['set', 'new.a.b', 'c'], ['set', 'core.text', ' blanks\tand \\ more '], ['get', 'core.text'], ['set', 'core.empty', ''], ['get', 'core.empty'],
      ['set', 'core.x'], ['set', 'core.x', '1', '2'], ['set', 'x', 'y'], ['set', '--group=x'], ['set', '--group=x', 'y'], ['set', '--group=x', 'y', 'z', '0'], ['set'],
    ]);
    expect(ours).toEqual(theirs);
  });

  it('unsets', () => {
    const [ours, theirs] = playBoth([
      ['unset', 'remote "origin".gpg-verify'], ['unset', 'remote "origin".gpg-verify'], ['unset', 'no.key'], ['unset', 'core'], ['unset', 'core.a', 'b'], ['unset'],
      ['unset', '--group=remote "origin"', 'url'], ['unset', '--group=core'], ['get', 'remote "origin".url'],
    ]);
    expect(ours).toEqual(theirs);
  });

  it('says the same of a mode that does not exist', () => {
    const [ours, theirs] = playBoth([['set', 'core.mode', 'bogus'], ['get', 'core.mode'], ['set', 'core.mode', 'archive']]);
    expect(ours).toEqual(theirs);
  });
});

describe('config', () => {
  it('keeps comments, which ostree drops', () => {
    const { config } = play(coppice, [['set', 'core.mode', 'archive']], `# by hand\n${START}# the end\n`) as { config: string };
    expect(config).toBe(`# by hand\n${START.replace('archive-z2', 'archive')}# the end\n`);
  });

  it('refuses names that a key file cannot hold, and leaves the file alone', () => {
    const { told, config } = play(coppice, [['set', '--group=bad]group', 'a', 'b'], ['set', '.a', 'b'], ['set', '--group=g', 'a=b', 'c']]) as {
      told: { status: number }[];
      config: string;
    };
    expect(told.map(({ status }) => status)).toEqual([1, 1, 1]);
    expect(config).toBe(START);
  });

  it('prints JSON', () => {
    const { told } = play(coppice, [['get', '--json', 'core.mode']]) as { told: { stdout: string }[] };
    expect(told[0]?.stdout).toBe('{"version":1,"group":"core","key":"mode","value":"archive-z2"}\n');
  });
});
