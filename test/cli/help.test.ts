import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isGroup, PROGRAM } from '../../src/cli/command-table.ts';
import type { CommandGroup } from '../../src/cli/command-table.ts';
import type { CommandSpec } from '../../src/cli/command.ts';
import { rowOf } from '../../src/cli/help.ts';
import { manualPage } from '../../src/cli/manual/manual-page.ts';
import { manualRoff } from '../../src/cli/manual/manual-roff.ts';
import { parseArgs } from '../../src/cli/parse-args.ts';
import { coppiceOptions, ostreeOptions } from '../../src/cli/table/global-options.ts';
import { VARIABLES } from '../../src/cli/table/variables.ts';
import { coppice, run, runWords, succeed } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

type Spec = CommandSpec | CommandGroup;

function everySpec(spec: Spec): Spec[] {
  return isGroup(spec) ? [spec, ...spec.members.flatMap((member) => everySpec(member.spec))] : [spec];
}

const specs = everySpec(PROGRAM);
const named = specs.map((spec): [name: string, spec: Spec] => [spec.name, spec]);
const optionsOf = (spec: Spec) => [...ostreeOptions(spec.options, spec.scope), ...coppiceOptions(spec.options)];
const wordsOf = (name: string): string[] => name.split(' ').filter((word) => word !== '');
const lineSet = (text: string): Set<string> => new Set(text.replaceAll(' (not built yet)', '').split('\n').map((line) => line.replaceAll(/ +/g, ' ')));

/** What groff makes of a page, with nothing but the letters. */
function rendered(page: string): { readonly text: string; readonly warnings: string } {
  const { stdout, stderr } = runWords(['groff', '-man', '-Tascii', '-P-cbou', '-rLL=200n', '-ww'], { input: page });
  return { text: stdout, warnings: stderr };
}

describe('coppice help', () => {
  it.each(['', 'commit', 'checkout', 'fsck', 'pull', 'remote', 'remote add', 'static-delta', 'admin kargs edit-in-place', 'help'])(
    'prints all that --help prints, and more: "%s"',
    (name) => {
      const [complete, short] = [succeed(coppice, ['help', ...wordsOf(name)]), succeed(coppice, [...wordsOf(name), '--help'])].map(lineSet);
      expect([...(short ?? [])].filter((line) => complete?.has(line) !== true)).toEqual([]);
      expect(complete?.size).toBeGreaterThan(short?.size ?? 0);
      expect([...(complete ?? [])]).toContain('Exit Status:');
    },
  );

  it('tells what the command is for, hidden options, statuses and examples', () => {
    const page = succeed(coppice, ['help', 'commit']);
    expect(page).toMatch(/^ {2}--disable-fsync +Do not invoke fsync\(\)$/m);
    expect(page).toMatch(/^ {2}--sign=KEY_ID +.*\(not built yet\)$/m);
    expect(page).toMatch(/^ {2}1 +.*stat index was wrong/m);
    expect(page).toContain('Examples:\n  coppice commit -b os/main');
    expect(page).toContain('tar archives');
  });

  it('says of a command that is not built that it is not', () => {
    expect(succeed(coppice, ['help', 'pull'])).toContain('not built yet');
  });

  it.each([
    [['bogus'], "error: Unknown command 'bogus'\nhint: \"coppice help\" lists what there is\n"],
    [['remote', 'bogus'], "error: Unknown \"remote\" subcommand 'bogus'\nhint: \"coppice help remote\" lists what there is\n"],
    [['commit', 'x'], "error: 'commit' has no subcommand 'x'\n"],
  ])('fails for %j', (words, stderr) => {
    expect(run(coppice, ['help', ...words])).toMatchObject({ status: 1, stdout: '', stderr });
  });

  it('names only variables that the environment is read for', () => {
    const reader = readFileSync(new URL('../../src/cli/env.ts', import.meta.url), 'utf8');
    const names = VARIABLES.flatMap(([list]) => list.split(', '));
    expect(names.filter((name) => !reader.includes(`'${name}'`))).toEqual([]);
  });
});

describe('the command table', () => {
  it.each(named.filter(([, spec]) => !isGroup(spec) && spec.load !== undefined))('describes the built command %s, with examples', (_name, spec) => {
    expect(spec.description?.length).toBeGreaterThan(0);
    expect(spec.examples?.length).toBeGreaterThan(0);
  });

  it.each(named.filter(([, spec]) => (spec.examples ?? []).length > 0))('has examples of %s that its options allow', (name, spec) => {
    for (const { words } of spec.examples ?? []) {
      const line = words.split(/ [|<>] /)[0] ?? '';
      const typed = line.replaceAll(/(["'])(.*?)\1/g, (_all, _quote, text: string) => text.replaceAll(' ', '_')).split(' ');
      const own = typed.filter((word) => !wordsOf(name).includes(word));
      expect(() => parseArgs(optionsOf(spec), own)).not.toThrow();
      expect(typed.filter((word) => !word.startsWith('-'))[0]).toBe(wordsOf(name)[0]);
    }
  });
});

describeWith([needs.groff], 'manual pages', () => {
  it.each(named)('render without a warning, every option in them: "%s"', (_name, spec) => {
    const { text, warnings } = rendered(manualRoff(manualPage('coppice', spec)));
    expect(warnings).toBe('');
    const heads = optionsOf(spec).map((option) => rowOf(option)[0]);
    expect(heads.filter((head) => !text.includes(` ${head}`))).toEqual([]);
    expect(text).toMatch(/^NAME$[\s\S]*^SYNOPSIS$[\s\S]*^DESCRIPTION$[\s\S]*^OPTIONS$[\s\S]*^EXIT STATUS$/m);
  });

  it('are what --man prints, in ASCII', () => {
    const page = succeed(coppice, ['help', 'remote', 'add', '--man']);
    expect(page).toMatch(/^\.TH "COPPICE\\-REMOTE\\-ADD" 1 /);
    expect(page).toMatch(/^[\n\x20-\x7e]*$/);
    expect(rendered(page).text).toContain('coppice remote add [OPTION...] NAME');
  });

  it('are installed where man finds them', () => {
    const scratch = new Scratch('manual');
    const directory = scratch.fresh('man');
    expect(run(coppice, ['help', `--install=${directory}`])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const pages = readdirSync(join(directory, 'man1'));
    expect(pages.length).toBeGreaterThan(50);
    expect(pages).toEqual(expect.arrayContaining(['coppice.1', 'coppice-commit.1', 'coppice-remote.1', 'coppice-remote-add.1']));
    expect(readFileSync(join(directory, 'man1/coppice-commit.1'), 'utf8')).toBe(succeed(coppice, ['help', 'commit', '--man']).concat('\n'));
    succeed(coppice, ['help', 'remote', `--install=${directory}-remote`]);
    expect(readdirSync(`${directory}-remote/man1`).filter((name) => !name.startsWith('coppice-remote'))).toEqual([]);
    expect(run(coppice, ['help', '--install=/dev/null']).stderr).toMatch(/^error: mkdir\(\/dev\/null\/man1\): Not a directory$/m);
  });

  it('keep what roff would read as its own', () => {
    const page = manualPage('coppice', { name: 'x', positional: '', summary: 's', options: [], description: ["a\\b 'quoted' rev^ ~user", '.SH not a heading'] });
    const { text, warnings } = rendered(manualRoff(page));
    expect(warnings).toBe('');
    expect(text).toContain("a\\b 'quoted' rev^ ~user");
    expect(text).toContain('       .SH not a heading');
  });
});
