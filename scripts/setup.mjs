// What every verb of npm does first: dependencies installed, dist built. Plain Node: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's directory. */
export const project = dirname(dirname(fileURLToPath(import.meta.url)));

const INSTALLED = join(project, 'node_modules', '.package-lock.json');
const STAMP = join(project, 'dist', '.built');
/** The last one belongs to this version of node alone. */
const PRODUCTS = ['cli.js', 'index.js', 'worker.js', `cli.${process.version}-${process.arch}.code`].map((name) => join(project, 'dist', name));
const SOURCES = ['src', 'wasm', 'native/src', 'native/Cargo.toml', 'native/Cargo.lock', 'native/build.rs', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.types.json'];
/** Scripts that take no part in the build. */
const VERBS = new Set(['bench.mjs', 'bench-readme.mjs', 'bundle-bench.mjs', 'demo.mjs', 'setup.mjs', 'slowed.mjs', 'smoke.mjs', 'test.mjs']);

/** Runs a program in the project with this terminal; returns its exit status, 127 when it cannot be started. */
export function run(program, words, options = {}) {
  const { status, error, signal } = spawnSync(program, words, { cwd: project, stdio: 'inherit', ...options });
  if (error !== undefined) return 127;
  return signal === null ? (status ?? 1) : 130;
}

/** Runs a program that has to succeed: its failure ends this process with the same status. */
export function mustRun(program, words, options = {}) {
  const status = run(program, words, options);
  if (status !== 0) process.exit(status);
}

/** Whether the program can be started at all. */
export function isThere(program, words = ['--version']) {
  return run(program, words, { stdio: 'ignore' }) === 0;
}

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** The latest modification below a path; 0 when it is absent. */
function newestBelow(path) {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const names = readdirSync(path).filter((name) => !VERBS.has(name) && name !== 'node_modules' && name !== 'target');
  return Math.max(0, ...names.map((name) => newestBelow(join(path, name))));
}

/** Installs the locked dependencies when they are absent or older than the lock file. */
export function ensureInstalled() {
  if (modifiedAt(INSTALLED) >= modifiedAt(join(project, 'package-lock.json'))) return;
  console.error('installing dependencies (npm ci) …');
  mustRun('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Written beside the build: a build without cargo is redone once there is one. */
function stampText() {
  return isThere('cargo') ? 'with cargo\n' : 'without cargo\n';
}

function isBuilt() {
  const built = Math.min(...[...PRODUCTS, STAMP].map(modifiedAt));
  if (built === 0 || built < Math.max(...SOURCES.map((name) => newestBelow(join(project, name))))) return false;
  return readFileSync(STAMP, 'utf8') === 'with cargo\n' || stampText() === 'without cargo\n';
}

/** Builds dist when it is absent or older than its sources. */
export function ensureBuilt() {
  if (isBuilt()) return;
  console.error('building (npm run build) …');
  mustRun('npm', ['run', '--silent', 'build']);
  writeFileSync(STAMP, stampText());
}
