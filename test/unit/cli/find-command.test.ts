import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../src/cli/find-command.ts';

function nameOf(...words: string[]): string {
  const found = findCommand(words);
  if (found.kind === 'command') return `${found.command.name} | ${found.words.join(' ')}`;
  return found.kind === 'none' ? `none in "${found.group.name}"` : `"${found.word}" unknown in "${found.group.name}"`;
}

describe('findCommand', () => {
  it.each([
    [['refs'], 'refs | '],
    [['--repo=r', 'refs', '--list'], 'refs | --repo=r --list'],
    [['--depth=-1', 'pull', 'origin', 'main'], 'pull | --depth=-1 origin main'],
    [['--', 'refs', '-x'], 'refs | -- -x'],
    [['-', 'refs'], 'refs | -'],
    [['--sysroot=s', 'remote', '--set=a=b', 'add', 'x', 'y'], 'remote add | --sysroot=s --set=a=b x y'],
    [['admin', 'instutil', '-v', 'set-kargs', 'a'], 'admin instutil set-kargs | -v a'],
    [['admin', 'kargs', 'edit-in-place'], 'admin kargs edit-in-place | '],
    [['admin', 'finalize-staged'], 'admin finalize-staged | '],
    [['config', 'get', 'core.mode'], 'config | get core.mode'],
  ])('finds the command in %j', (words, expected) => {
    expect(nameOf(...words)).toBe(expected);
  });

  it.each([
    [[], 'none in ""'],
    [['--repo=r'], 'none in ""'],
    [['bogus'], '"bogus" unknown in ""'],
    [['--repo', 'r', 'refs'], '"r" unknown in ""'],
    [['', 'refs'], '"" unknown in ""'],
    [['admin'], 'none in "admin"'],
    [['remote', 'bogus'], '"bogus" unknown in "remote"'],
    [['admin', 'instutil', '--x'], 'none in "admin instutil"'],
  ])('tells why there is none in %j', (words, expected) => {
    expect(nameOf(...words)).toBe(expected);
  });
});
