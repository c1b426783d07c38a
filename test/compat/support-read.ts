import { expect, it } from 'vitest';
import { applyWishes } from '../support/inodes.ts';
import { runWords } from '../support/program.ts';
import type { Scratch } from '../support/scratch.ts';
import { command, runInBoth } from '../support/twins.ts';
import type { Agreement, Command, Twins } from '../support/twins.ts';

export const MODES = ['archive', 'bare', 'bare-user', 'bare-user-only'] as const;

const TREES = `
mkdir -p t/usr/bin t/empty t/etc/deep left/d2f left/same/x left/gone/deep left/mode
mkdir -p right/f2d/inner right/same/x right/added/deep right/mode right/s2d right/zz with-fifo
echo 'hello world' > t/hello; : > t/zero; printf é > t/é; ln -s hello t/link
echo '#!/bin/sh' > t/usr/bin/x; chmod 4755 t/usr/bin/x; chmod 750 t/etc/deep
echo conf > t/etc/conf; echo deep > t/etc/deep/f; ln -s /hello t/etc/absolute; ln -s ../hello t/etc/relative
ln -s /nope t/dead; ln -s etc t/to-directory; ln -s t to-t; mkfifo with-fifo/f
echo 1 > left/d2f/inner; echo 1 > right/d2f; echo 1 > left/f2d; echo 2 > right/f2d/inner/k
echo q > left/same/x/q; echo q > right/same/x/q; echo z > left/gone/deep/z; echo n > right/added/deep/n
ln -s x left/s2d; echo u > right/s2d/u; ln -s t left/s2f; echo f > right/s2f
chmod 700 left/mode; echo m > left/mode/m; echo m > right/mode/m; echo é > left/é; echo ' sp' > 'right/ s p'
`;

const FIRST_COMMITS = `
for mode in archive bare bare-user bare-user-only; do
  ostree init --repo=$mode --mode=$mode
  ostree commit --repo=$mode -b main --tree=dir=t -s 'first subject' -m 'line 1

line 3
' --timestamp=@1700000000 --add-metadata-string=version=1.0 --add-metadata=x='uint64 42' --add-detached-metadata-string=SIG=abc
done
`;

const SECOND_COMMITS = `
echo changed > t/etc/conf; rm t/zero; echo new > t/newfile; mkdir t/newdir; echo a > t/newdir/a; rmdir t/empty; ln -sfn other t/link
for mode in archive bare bare-user bare-user-only; do
  ostree commit --repo=$mode -b main --tree=dir=t --timestamp=@1700001000
  ostree commit --repo=$mode -b left --tree=dir=left --timestamp=@-5 -s 'two
lines'
  ostree commit --repo=$mode -b right --tree=dir=right --timestamp=@4102444800 --body='only a body'
done
ostree --repo=archive commit -b sized --generate-sizes --tree=dir=t --timestamp=@1
ostree --repo=archive checkout -U main co
`;

/**
 * A directory with what the reading verbs are tried on, all of it made by ostree: one repository a mode with two
 * commits on `main` and unrelated ones on `left` and `right`, the trees they were made from, and a checkout.
 */
export function makeReadTemplate(scratch: Scratch): string {
  const path = scratch.fresh('template');
  runScript('mkdir "$1"', path);
  inTemplate(path, TREES);
  applyWishes(path, [
    { path: 't/hello', xattrs: { 'user.foo': '626172', 'user.bin': '00ff' } },
    { path: 't/etc', xattrs: { 'user.dir': '64' } },
  ]);
  inTemplate(path, FIRST_COMMITS);
  inTemplate(path, SECOND_COMMITS);
  return path;
}

function inTemplate(path: string, script: string): void {
  runScript(`cd "$1"; umask 022; ${script}`, path);
}

function runScript(script: string, path: string): void {
  const made = runWords(['sh', '-ec', script, 'sh', path]);
  if (made.status !== 0) throw new Error(made.stderr);
}

/** Words in one string, or one by one where they hold spaces. */
export type Words = string | readonly string[];

export function toCommand(words: Words): Command {
  return typeof words === 'string' ? command(words) : { args: words };
}

/** One test a line: both programs answer it alike. The worlds are shared, so that no line may write. */
export function agreeOn(twins: () => Twins, lines: readonly Words[], agreement: Agreement = {}): void {
  const rows = lines.map((line) => [typeof line === 'string' ? line : line.join(' '), line] as const);
  it.each(rows)('%s', (_title, line) => {
    expect(runInBoth(twins(), [toCommand(line)], agreement).signal).toBeNull();
  });
}

/** The lines once for each repository, `--repo` put in front. */
export function inEachMode(lines: readonly string[]): string[] {
  return MODES.flatMap((mode) => lines.map((line) => `--repo=${mode} ${line}`));
}

/** What a shell script answers in the world of ostree. */
export function askShell(twins: Twins, script: string): string {
  const answer = runWords(['sh', '-ec', script], { cwd: twins.theirs.path });
  if (answer.status !== 0) throw new Error(answer.stderr);
  return answer.stdout.trim();
}
