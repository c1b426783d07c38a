import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isGroup, PROGRAM, wordOf } from '../../src/cli/command-table.ts';
import { CLI_PATH, coppice, run, runWords, succeed, succeedWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('completion');
const folder = scratch.fresh('work');
const bin = scratch.fresh('bin');
const scripts = scratch.fresh('scripts');
const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, SCRIPTS: scripts };

const COMMANDS = PROGRAM.members.filter(({ hidden }) => hidden !== true).map(({ spec }) => wordOf(spec)).toSorted();
const REFS = ['origin:os/far', 'os/main', 'os/test'];
const REMOTE = PROGRAM.members.flatMap(({ spec }) => (isGroup(spec) && spec.name === 'remote' ? spec.members.map((member) => wordOf(member.spec)) : [])).toSorted();

beforeAll(() => {
  mkdirSync(join(folder, 'tree/inner'), { recursive: true });
  for (const path of ['note', 'inner/leaf', 'inner/two words']) writeFileSync(join(folder, 'tree', path), 'x');
  symlinkSync('note', join(folder, 'tree/inner/link'));
  for (const path of [bin, scripts]) mkdirSync(path);
  for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(scripts, shell), succeed(coppice, ['completion', shell]));
  writeFileSync(join(folder, 'text.txt'), 'x');
  symlinkSync(CLI_PATH, join(bin, 'coppice'));
  succeed(coppice, ['--repo=repo', 'init', '--mode=bare-user-only'], { cwd: folder });
  for (const ref of ['os/main', 'os/test']) succeed(coppice, ['--repo=repo', 'commit', '-b', ref, 'tree'], { cwd: folder });
  succeed(coppice, ['--repo=repo', 'refs', '--create=origin:os/far', 'os/main'], { cwd: folder });
});

/** Lines up to the cursor, and the whole words that a shell offers there, sorted. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['coppice ', COMMANDS],
  ['coppice comm', ['commit']],
  ['coppice --repo=repo remote ', REMOTE],
  ['coppice admin instutil gr', ['grub2-generate']],
  ['coppice bogus ', []],
  ['coppice commit --br', ['--branch=']],
  ['coppice checkout --union', ['--union', '--union-add', '--union-identical']],
  ['coppice checkout --selinux', ['--selinux-policy=', '--selinux-prefix=']],
  ['coppice refs -- -', []],
  ['coppice commit --engine=', ['--engine=auto', '--engine=js', '--engine=native', '--engine=wasm']],
  ['coppice commit --engine n', ['native']],
  ['coppice init --mode=bare-', ['--mode=bare-user', '--mode=bare-user-only']],
  ['coppice commit --tree=', ['--tree=dir=', '--tree=ref=', '--tree=tar=']],
  ['coppice --repo=repo commit --branch=os/', ['--branch=os/main', '--branch=os/test']],
  ['coppice --repo=repo commit -s text -b ', REFS],
  ['coppice commit --repo repo -Ib ', REFS],
  ['coppice --repo=repo checkout origin:', ['origin:os/far']],
  ['coppice --repo=repo reset os/main os/t', ['os/test']],
  ['coppice --repo=repo du os/main os/test os/m', ['os/main']],
  ['coppice --repo=none checkout ', []],
  ['coppice --repo=repo ls os/main ', ['/inner/', '/note']],
  ['coppice --repo=repo ls os/main /note /in', ['/inner/']],
  ['coppice --repo=repo cat os/main /inner/', ['/inner/leaf', '/inner/link']],
  ['coppice --repo=repo cat os/main /inner/le', ['/inner/leaf']],
  ['coppice --repo=repo cat none /inner/', []],
  ['coppice --repo=repo checkout os/main --subpath=/i', ['--subpath=/inner/']],
  ['coppice --repo=repo checkout os/main --subpath /i', ['/inner/']],
  ['coppice config ', ['get', 'set', 'unset']],
  ['coppice config get ', []],
  ['coppice help ', COMMANDS],
  ['coppice help remote ', REMOTE],
  ['coppice completion ', ['bash', 'fish', 'zsh']],
];

/** The same for paths, where a shell may put a slash behind a directory. */
const PATHS: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['coppice --repo=repo checkout -UH os/main t', ['tree']],
  ['coppice --repo=re', ['--repo=repo']],
  ['coppice commit --skip-list te', ['text.txt']],
  ['coppice commit --statoverride=tex', ['--statoverride=text.txt']],
  ['coppice diff ./t', ['./tree']],
];

/** Splits a line as bash does before it calls a completion function: at blanks, and around runs of `=` and `:`. */
function bashWords(line: string): string[] {
  return line.split(' ').flatMap((word) => {
    const pieces = word.split(/([=:]+)/);
    return pieces.filter((piece, index) => piece !== '' || index === pieces.length - 1);
  });
}

/** Loads the script, calls the function as bash would, and prints what the whole word becomes. */
const BASH_DRIVER = `
source "$SCRIPTS/bash"
complete -p coppice >&2
COMP_LINE=$1 COMP_POINT=\${#1}
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_coppice coppice "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
if ((\${#COMPREPLY[@]} > 0)); then printf '%s\\n' "\${COMPREPLY[@]}"; fi
`;

function inBash(line: string): string[] {
  const { stdout, stderr, status } = runWords(['bash', '-c', BASH_DRIVER, 'bash', line, ...bashWords(line)], { cwd: folder, env });
  expect({ stderr, status }).toEqual({ stderr: 'complete -o nospace -F _coppice coppice\n', status: 0 });
  const word = line.slice(line.lastIndexOf(' ') + 1);
  const kept = /^.*[=:]/.exec(word)?.[0] ?? '';
  return linesOf(stdout).map((reply) => kept + reply.trimEnd());
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '').toSorted();
}

describe('coppice completion bash', () => {
  it.each([...CASES, ...PATHS])('completes "%s"', (line, offered) => {
    expect(inBash(line)).toEqual(offered);
  });

  it('completes where "=" and ":" do not break words', () => {
    const driver = BASH_DRIVER.replace('COMP_LINE=', 'COMP_WORDBREAKS=" " COMP_LINE=');
    const reply = (line: string): string =>
      runWords(['bash', '-c', driver, 'bash', line, ...line.split(' ')], { cwd: folder, env }).stdout.trim();
    expect(reply('coppice --repo=repo commit --branch=os/m')).toBe('--branch=os/main');
    expect(reply('coppice --repo=repo log origin:os/f')).toBe('origin:os/far');
    expect(reply('coppice --repo=re')).toBe('--repo=repo');
  });

  it('completes at the cursor, not at the end of the line', () => {
    const driver = BASH_DRIVER.replace('COMP_POINT=${#1}', 'COMP_POINT=12').replace('COMP_CWORD=$(($# - 1))', 'COMP_CWORD=1');
    expect(runWords(['bash', '-c', driver, 'bash', 'coppice comm -b x', 'coppice', 'comm', '-b', 'x'], { cwd: folder, env }).stdout).toBe('commit \n');
  });

  it('puts a blank behind a whole word and none behind "="', () => {
    const words = runWords(['bash', '-c', BASH_DRIVER, 'bash', 'coppice checkout --update', 'coppice', 'checkout', '--update'], { cwd: folder, env });
    expect(words.stdout).toBe('--update \n--update-from=\n');
  });
});

/** Stands in for what zsh's own completion does with the answers. */
const ZSH_DRIVER = `
compdef() { : }
compset() { prefix="\${words[CURRENT]%%=*}=" }
compadd() { while [[ $1 != -- ]]; do shift; done; shift; for each in "$@"; do reply "$each"; done }
reply() { if [[ "$prefix$1" == "$words[CURRENT]"* ]]; then print -r -- "$prefix$1"; fi }
_describe() {
  for each in "\${(@P)4}" "\${(@P)6}"; do reply "\${each%%:*}"; done
}
_files() {
  local typed="\${words[CURRENT]#$prefix}"
  local -a found
  if [[ $1 == -/ ]]; then found=("$typed"*(N/)); else found=("$typed"*(N)); fi
  for each in "\${(@)found}"; do reply "$each"; done
}
_alternative() { for each in "$@"; do eval "\${each##*:}"; done }
source $SCRIPTS/zsh
words=("$@") CURRENT=$#
_coppice
`;

describeWith([needs.zsh], 'coppice completion zsh', () => {
  it('is a script of zsh', () => {
    expect(runWords(['zsh', '-n', join(scripts, 'zsh')])).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([...CASES, ...PATHS])('completes "%s"', (line, offered) => {
    const { stdout, stderr } = runWords(['zsh', '-f', '-c', ZSH_DRIVER, 'zsh', ...line.split(' ')], { cwd: folder, env });
    expect(stderr).toBe('');
    expect(linesOf(stdout)).toEqual(offered);
  });
});

describeWith([needs.fish], 'coppice completion fish', () => {
  it('is a script of fish', () => {
    expect(runWords(['fish', '-n', join(scripts, 'fish')])).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([...CASES, ...PATHS])('completes "%s"', (line, offered) => {
    const answer = succeedWords(['fish', '--no-config', '-c', 'source $SCRIPTS/fish; complete --do-complete $argv[1]', line], { cwd: folder, env });
    const words = linesOf(answer).map((candidate) => (candidate.split('\t')[0] ?? '').replace(/\/$/, ''));
    expect(words).toEqual(offered.map((word) => word.replace(/\/$/, '')));
  });
});

describe('coppice completion', () => {
  it.each(['bash', 'zsh', 'fish'])('tells %s what each command and option is for', (shell) => {
    const script = succeed(coppice, ['completion', shell]);
    expect(script).toContain('commit\tCommit a new revision');
    expect(script).toContain('--branch=\tBranch');
    expect(script).not.toContain('--force-copy-zerosized');
  });

  it('knows no other shell', () => {
    expect(run(coppice, ['completion', 'tcsh'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: "error: no completion for the shell 'tcsh'\nhint: there is one for bash, zsh, fish\n",
    });
    expect(run(coppice, ['completion']).stderr).toMatch(/^Usage:\n[\s\S]*error: one SHELL must be given\n$/);
  });
});
