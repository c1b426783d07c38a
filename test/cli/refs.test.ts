import { copyFileSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, ostree, run, runWords, succeed } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('refs');
const MODEL = scratch.fresh('model');

/** A repository of four commits: main with a parent, others without. */
function makeModel(): void {
  succeed(ostree, ['init', `--repo=${MODEL}`, '--mode=archive', '--collection-id=org.own.Repo']);
  const tree = scratch.fresh('tree');
  mkdirSync(tree);
  for (const [index, branch] of ['main', 'main', 'os/x/main', 'os/x/dev', 'osx'].entries()) {
    succeed(ostree, ['commit', `--repo=${MODEL}`, '-b', branch, `--timestamp=@${index}`, `--tree=dir=${tree}`]);
  }
  succeed(ostree, ['refs', `--repo=${MODEL}`, '--create=origin:os/remote', 'main']);
  succeed(ostree, ['remote', 'add', `--repo=${MODEL}`, '--no-gpg-verify', '--collection-id=org.other.Repo', 'coll', 'http://127.0.0.1']);
  succeed(ostree, ['refs', `--repo=${MODEL}`, '--create=coll:far', 'main']);
}

function dangle(repo: string): void {
  symlinkSync('nowhere', join(repo, 'refs/heads/dangling'));
}

/** Every name below refs/ with what it holds. */
function refFiles(repo: string, directory = 'refs'): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(repo, directory)).flatMap((name) => {
      const path = `${directory}/${name}`;
      const status = lstatSync(join(repo, path));
      if (status.isDirectory()) return Object.entries(refFiles(repo, path));
      const content = status.isSymbolicLink() ? `-> ${readlinkSync(join(repo, path))}` : readFileSync(join(repo, path), 'utf8');
      return [[path, content]];
    }),
  );
}

interface Told {
  readonly command: string;
  readonly status: number | null;
  /** Sorted: ostree's order is that of a hash table. */
  readonly stdout: readonly string[];
  readonly error: string;
}

interface Outcome {
  readonly told: readonly Told[];
  readonly refs: Readonly<Record<string, string>>;
}

/** Runs one command after the other on a copy of the model. */
function play(program: Program, commands: readonly string[], prepare: (repo: string) => void = () => undefined): Outcome {
  const repo = scratch.fresh(program.name);
  cpSync(MODEL, repo, { recursive: true, verbatimSymlinks: true });
  prepare(repo);
  const told = commands.map((command): Told => {
    const words = command.split(' ').map((word) => (word === "''" ? '' : word.replaceAll('_', ' ')));
    const { status, stdout, stderr } = run(program, words, { env: { OSTREE_REPO: repo } });
    return { command, status, stdout: stdout.split('\n').toSorted(), error: /^error: .*/m.exec(stderr)?.[0] ?? '' };
  });
  return { told, refs: refFiles(repo) };
}

function playBoth(commands: readonly string[]): [ours: Outcome, theirs: Outcome] {
  return [play(coppice, commands), play(ostree, commands)];
}

describeWith([needs.referee], 'refs, rev-parse and reset, beside ostree', () => {
  beforeAll(makeModel);

  it('lists', () => {
    const [ours, theirs] = playBoth([
      'refs', 'refs --list', 'refs os', 'refs --list os', 'refs os/x', 'refs os/x/main', 'refs --list os/x/main', 'refs nope', 'refs os main',
      'refs origin:', 'refs origin:os', 'refs --list origin:os', 'refs origin:os/remote', 'refs origin', 'refs nope:', 'refs -A', 'refs -A os',
      'refs -A main', 'refs -A --list main', "refs ''", 'refs os/', 'refs :os', 'refs a:b:c', 'refs b_ad', 'refs main b_ad', 'refs -', 'refs -- --list',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('creates', () => {
    const [ours, theirs] = playBoth([
      'refs --create=new main', 'refs --create=new main', 'refs --force --create=new main^', 'refs --create=a/b/c os/x/dev', 'refs --create=a/b main',
      'refs --create=new/below main', 'refs --create=os/x main', 'refs --force --create=os/x main', 'refs --create=x', 'refs --create=x nope',
      'refs --create=x main os', 'refs --create=b_ad main', 'refs --create=../bad main', 'refs --create=far:new main', 'refs --create=far:new main',
      'refs --create=far:new/below main', 'refs --create=x --list main', 'refs --create=y --delete main', 'refs',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('makes aliases', () => {
    const [ours, theirs] = playBoth([
      'refs -A --create=al main', 'refs', 'refs -A', 'refs -A al', 'refs al', 'refs -A --create=al os/x/main', 'refs -A --create=al2 al',
      'refs -A --create=d/e/al3 os/x/dev', 'refs -A d', 'rev-parse d/e/al3 al al2', 'refs -A --create=main al', 'refs -A --create=n nope',
      'refs -A --create=far:n main', 'refs --create=al main', 'refs --delete os/x/main', 'refs --delete al', 'refs --delete al2 al os/x/main',
      'refs --force --create=d/e/al3 main', 'refs -A',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('deletes', () => {
    const [ours, theirs] = playBoth([
      'refs --delete', 'refs --delete nope', 'refs --delete osx', 'refs --delete os', 'refs', 'refs --create=os main', 'refs --delete os main',
      'refs --delete origin:os/remote', "refs --delete ''", 'refs --delete b_ad', 'refs --delete=1 coll:far', 'refs',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('takes files of other names for no refs', () => {
    const strangers = (repo: string): void => {
      for (const name of ['bad name', '-dash', '.dot', 'pl+us', 'é']) copyFileSync(join(repo, 'refs/heads/main'), join(repo, 'refs/heads', name));
    };
    const commands = ['refs', 'refs -A', 'refs --list é', 'refs --delete b_ad', 'refs --delete é', 'refs'];
    expect(play(coppice, commands, strangers)).toEqual(play(ostree, commands, strangers));
  });

  it('lists aliases that lead nowhere', () => {
    const commands = ['refs -A', 'refs', 'refs -A dangling', 'rev-parse dangling'];
    expect(play(coppice, commands, dangle)).toEqual(play(ostree, commands, dangle));
  });

  it('refuses words that are not UTF-8', () => {
    const bytes = (program: Program): readonly unknown[] => {
      const { status, stderr } = runWords(['sh', '-c', `exec "$@" commit --orphan -s "$(printf 'a\\377')" /`, 'sh', ...program.words]);
      return [status, stderr];
    };
    expect(bytes(coppice)).toEqual([1, 'error: Invalid byte sequence in conversion input\n']);
    expect(bytes(ostree)).toEqual([1, 'error: Invalid byte sequence in conversion input\n']);
  });

  it('deletes an alias that leads nowhere, which ostree only says', () => {
    const { told, refs } = play(coppice, ['refs', 'refs --delete dangling', 'refs'], dangle);
    expect(told.map(({ status }) => status)).toEqual([1, 0, 0]);
    expect(refs).toEqual(refFiles(MODEL));
  });

  it('tells collections', () => {
    const [ours, theirs] = playBoth([
      'refs -c', 'refs --collections org.own.Repo', 'refs -c org.other.Repo', 'refs -c org.none.Repo', 'refs -c os', 'refs -c org.own.Repo os',
      'refs -c --create=org.own.Repo:new main', 'refs -c --create=org.new.Repo:m/n main', 'refs -c --create=org.new.Repo:m/n main',
      'refs -c --create=foo main', 'refs -c --create=foo nope', 'refs -c --create=org.new.Repo:b_ad main', 'refs -c --create=:x main',
      'refs -c', 'refs -c --delete org.new.Repo', 'refs -c --delete os', 'refs -c --delete', 'refs -c', 'refs',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('parses revs', () => {
    const [ours, theirs] = playBoth([
      'rev-parse main', 'rev-parse main^', 'rev-parse main^^', 'rev-parse main^^^^', 'rev-parse os/x/dev', 'rev-parse origin:os/remote', 'rev-parse os/remote',
      'rev-parse far', 'rev-parse nope', 'rev-parse main nope osx', "rev-parse ''", 'rev-parse b_ad', 'rev-parse ^', 'rev-parse fffffffff',
      'rev-parse 0000000000000000000000000000000000000000000000000000000000000000', 'rev-parse -S', 'rev-parse -S main', 'rev-parse', 'rev-parse --single --bogus',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('completes checksums', () => {
    const whole = succeed(ostree, ['rev-parse', `--repo=${MODEL}`, 'main']);
    const beginnings = [64, 63, 20, 8, 6].map((length) => whole.slice(0, length));
    const [ours, theirs] = playBoth(beginnings.flatMap((digits) => [`rev-parse ${digits}`, `rev-parse ${digits}^`]));
    expect(ours).toEqual(theirs);
  });

  it('finds the only commit', () => {
    const repo = scratch.fresh('single');
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=archive']);
    const both = (): unknown[] => [coppice, ostree].map((program) => run(program, ['rev-parse', '--single', `--repo=${repo}`]));
    const [ours, theirs] = both();
    expect(ours).toEqual(theirs);
    const tree = scratch.fresh('tree');
    mkdirSync(tree);
    succeed(ostree, ['commit', `--repo=${repo}`, '--orphan', tree]);
    const [oursOne, theirsOne] = both();
    expect(oursOne).toEqual(theirsOne);
  });

  it('resets refs', () => {
    const [ours, theirs] = playBoth([
      'reset main main^', 'rev-parse main', 'reset main nope', 'reset nope main', 'reset os main', 'reset os/x/dev osx extra', 'reset origin:os/remote main',
      'reset b_ad main', 'reset', 'reset main', 'reset main 0000000000000000000000000000000000000000000000000000000000000000', 'refs',
    ]);
    expect(ours).toEqual(theirs);
  });
});

describe('JSON', () => {
  it('is printed by refs and rev-parse', () => {
    const repo = scratch.fresh('json');
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=archive']);
    expect(run(coppice, ['refs', '--json', `--repo=${repo}`]).stdout).toBe('{"version":1,"refs":[]}\n');
    const rev = '0'.repeat(64);
    expect(run(coppice, ['rev-parse', '--json', `--repo=${repo}`, rev]).stdout).toBe(`{"version":1,"rev":"${rev}","checksum":"${rev}"}\n`);
  });
});
