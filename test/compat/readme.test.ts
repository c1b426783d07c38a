import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from 'rolldown/utils';
import { expect, it } from 'vitest';
import { succeedWords } from '../support/program.ts';
import { readExamples, typedLines } from '../support/readme-examples.ts';
import type { Example } from '../support/readme-examples.ts';
import { describeWith } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const scratch = new Scratch('readme');
const examples = readExamples('README.md');

const titled = (list: readonly Example[]): [line: number, example: Example][] => list.map((example) => [example.line, example]);
/** Verbs of a clone are looked for, not run: `npm test` is what runs here. */
const isOfTheClone = (command: string): boolean => /^npm (?:run|test)\b/.test(command);
const isRun = (example: Example): boolean => typedLines(example).some(({ command }) => !isOfTheClone(command));
const shellExamples = examples.filter(({ language }) => language === 'console');
const programExamples = examples.filter(({ language }) => language === 'ts');

/** A folder with a small tree `rootfs` in it, where coppice is installed as npm would do it. */
function freshFolder(): string {
  const folder = scratch.fresh('folder');
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(PROJECT, join(folder, 'node_modules/coppice'));
  symlinkSync('../coppice/dist/cli.js', join(folder, 'node_modules/.bin/coppice'));
  writeTree(join(folder, 'rootfs'), dir({ usr: dir({ bin: dir({ tool: file('#!/bin/sh\n', { mode: 0o755 }) }), lib: symlink('bin') }), hello: file('hello\n') }));
  return folder;
}

/** The page must not lose its examples unseen. */
it('shows the command line and the library in README', () => {
  expect(shellExamples.flatMap(typedLines).some(({ command }) => command.startsWith('npx coppice '))).toBe(true);
  expect(programExamples.some(({ text }) => text.includes("from 'coppice'"))).toBe(true);
});

describeWith([], "README's examples", () => {
  it.each(titled(shellExamples.filter(isRun)))('run in a shell: line %i', (_line, example) => {
    const folder = freshFolder();
    for (const { command, output } of typedLines(example).filter((typed) => !isOfTheClone(typed.command))) {
      const printed = succeedWords(['sh', '-c', command], { cwd: folder });
      if (output !== undefined) expect(printed).toBe(output);
    }
  });

  it.each(shellExamples.flatMap(typedLines).map(({ command }) => command).filter(isOfTheClone))('name a script that there is: %s', (command) => {
    const [, script = ''] = /^npm (?:run )?(\S+)/.exec(command) ?? [];
    expect(readFileSync(join(PROJECT, 'package.json'), 'utf8')).toContain(`"${script}": "node scripts/`);
  });

  it.each(titled(programExamples))('run as a program and pass the type checker: line %i', (line, { text }) => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'example.mts'), text);
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const types = ['--typeRoots', join(PROJECT, 'node_modules/@types'), '--types', 'node'];
    const check = [tsc, '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', ...types, 'example.mts'];
    expect(succeedWords([process.execPath, ...check], { cwd: folder })).toBe('');
    writeFileSync(join(folder, 'example.mjs'), transformSync(`README.md:${line}.mts`, text).code);
    succeedWords([process.execPath, 'example.mjs'], { cwd: folder });
    expect(readFileSync(join(folder, 'checkout/hello'), 'utf8')).toBe('hello\n');
  });
});
