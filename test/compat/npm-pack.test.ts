import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { succeedWords } from '../support/program.ts';
import { describeWith } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const scratch = new Scratch('npm-pack');
const folder = scratch.fresh('empty');
const tarballs = scratch.fresh('tarballs');

/** `npm test` tells its children things about the project that npm in another folder must not hear. */
const env = {
  ...Object.fromEntries(Object.keys(process.env).filter((name) => /^npm_/i.test(name)).map((name): [string, undefined] => [name, undefined])),
  npm_config_cache: scratch.fresh('cache'),
  npm_config_update_notifier: 'false',
};

function inFolder(...words: readonly string[]): string {
  return succeedWords(words, { cwd: folder, env });
}

/** Packs a package as it would be published and returns the tarball's path; dist is taken as it is. */
function pack(path: string): string {
  const words = ['npm', 'pack', '--silent', '--ignore-scripts', `--pack-destination=${tarballs}`, path];
  return join(tarballs, succeedWords(words, { cwd: PROJECT, env }).split('\n').at(-1) ?? '');
}

interface Manifest {
  readonly version: string;
  readonly dependencies: readonly string[];
}

function readManifest(): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  const field = (name: string): unknown => (typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined);
  const dependencies = field('dependencies');
  return { version: String(field('version')), dependencies: typeof dependencies === 'object' && dependencies !== null ? Object.keys(dependencies) : [] };
}

/** Needs no network: what coppice depends on is packed from node_modules and installed beside it. */
describeWith([], 'the package that npm pack makes', () => {
  const { version, dependencies } = readManifest();

  beforeAll(() => {
    for (const path of [folder, tarballs]) mkdirSync(path);
    const packed = ['.', ...dependencies.map((name) => `./node_modules/${name}`)].map(pack);
    inFolder('npm', 'install', '--silent', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...packed);
  });

  it('holds what runs, its types and its pages, and nothing else', () => {
    const installed = join(folder, 'node_modules/coppice');
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    const known = [
      /^(?:package\.json|README\.md|ARCHITECTURE\.md|SHORTCOMINGS\.md|CHANGELOG\.md|LICENSE)$/,
      /^dist\/(?:cli|index|worker)\.js$/,
      /^dist\/(?:cli|worker)\.(?:bundle\.js|v[\w.]+-\w+\.code)$/,
      /^dist\/package\.json$/,
      /^dist\/wasm\/[\w-]+\.wasm$/,
      /^dist\/coppice\.node$/,
      /^dist\/report\.schema\.json$/,
      /^dist\/types\/(?!cli\/).*\.d\.ts$/,
    ];
    expect(files.filter((file) => !known.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['dist/cli.js', 'dist/index.js', 'dist/worker.js', 'dist/types/index.d.ts', 'LICENSE']));
  });

  it('runs by npx', () => {
    expect(inFolder('npx', 'coppice', '--version')).toContain(`coppice:\n Version: '${version}'`);
  });

  it.each(['auto', 'wasm'])('commits and checks out on threads of its own with --engine=%s', (engine) => {
    const tree = join(folder, `tree-${engine}`);
    mkdirSync(tree);
    for (let index = 0; index < 1500; index++) writeFileSync(join(tree, `file-${index}`), `content ${index}`);
    const coppice = (...words: readonly string[]): string =>
      inFolder('node_modules/.bin/coppice', `--repo=repo-${engine}`, `--engine=${engine}`, '--threads=2', ...words);
    coppice('init', '--mode=bare-user-only');
    expect(coppice('commit', '-b', 'main', `tree-${engine}`)).toMatch(/^[0-9a-f]{64}$/);
    coppice('checkout', '-U', 'main', `copy-${engine}`);
    expect(readdirSync(join(folder, `copy-${engine}`))).toHaveLength(1500);
    expect(readFileSync(join(folder, `copy-${engine}/file-7`), 'utf8')).toBe('content 7');
    expect(coppice('fsck')).toContain('no errors found');
  });

  it('is a library that import() finds', () => {
    const script = "import('coppice').then(({ openRepo, createRepo }) => { createRepo('api'); console.log(openRepo('api').repo.mode); })";
    expect(inFolder(process.execPath, '-e', script)).toBe('bare');
  });

  it('has types that hold for a strict program', () => {
    const program = [
      "import { createRepo, openRepo, commitTree } from 'coppice';",
      "import type { CommitOutcome } from 'coppice';",
      "createRepo('repo', { mode: 'archive' });",
      "const outcome: CommitOutcome = await commitTree(openRepo('repo'), [{ kind: 'directory', path: '.' }], { branch: 'a' });",
      '// @ts-expect-error there is no such option',
      "openRepo('repo', { bogus: outcome.checksum });",
    ];
    writeFileSync(join(folder, 'use.mts'), program.join('\n'));
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const types = ['--typeRoots', join(PROJECT, 'node_modules/@types'), '--types', 'node'];
    expect(inFolder(process.execPath, tsc, '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', ...types, 'use.mts')).toBe('');
  });
});
