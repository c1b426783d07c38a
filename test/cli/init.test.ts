import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('init');

/** Every path of a tree with its mode, and what files say. */
function inventory(root: string, directory = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(root, directory)).flatMap((name) => {
      const path = join(directory, name);
      const status = lstatSync(join(root, path));
      const mode = status.mode.toString(8);
      if (status.isDirectory()) return [[path, mode], ...Object.entries(inventory(root, path))];
      return [[path, `${mode} ${readFileSync(join(root, path), 'utf8')}`]];
    }),
  );
}

function init(program: Program, words: readonly string[], umask: number): unknown {
  const repo = scratch.fresh(program.name);
  const outcomes = [1, 2].map(() => {
    const { status, stdout, stderr } = run(program, ['init', `--repo=${repo}`, ...words], { umask });
    return { status, stdout, stderr };
  });
  return { outcomes, tree: existsSync(repo) ? inventory(repo) : undefined, mode: existsSync(repo) ? lstatSync(repo).mode : undefined };
}

describeWith([needs.referee], 'init, beside ostree', () => {
  it.each([
    [[]],
    [['--mode=bare']],
    [['--mode=bare-user']],
    [['--mode', 'bare-user-only']],
    [['--mode=archive']],
    [['--mode=archive-z2']],
    [['--mode=bare-split-xattrs']],
    [['--mode=archive', '--collection-id=org.example.Os']],
    [['--mode=bogus']],
    [['--mode=']],
    [['--collection-id=bogus']],
    [['--collection-id=']],
    [['unused word']],
  ])('makes the same repository with %j, and again leaves it alone', (words) => {
    expect(init(coppice, words, 0o022)).toEqual(init(ostree, words, 0o022));
  });

  it.each([0o000, 0o027, 0o077])('obeys the umask %o', (umask) => {
    expect(init(coppice, ['--mode=archive'], umask)).toEqual(init(ostree, ['--mode=archive'], umask));
  });

  it('says the same of a place that cannot be', () => {
    const [ours, theirs] = [coppice, ostree].map((program) => run(program, ['init', '--repo=/nonexistent/repo']));
    expect(ours).toEqual(theirs);
  });

  it('leaves a repository alone that is the working directory', () => {
    const repo = scratch.fresh('here');
    mkdirSync(repo);
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=archive', '--collection-id=org.example.Os']);
    expect(run(coppice, ['init', '--mode=bare'], { cwd: repo }).status).toBe(0);
    expect(readFileSync(join(repo, 'config'), 'utf8')).toContain('mode=archive-z2');
  });
});
