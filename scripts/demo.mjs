// npm run demo [-- DIR]: commits a real directory of this machine, checks it out by hardlinks, verifies it, and tells what that took.
// Where ostree is installed it does the same commit, and the checksums have to be equal.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBuilt, ensureInstalled, isThere, project } from './setup.mjs';

const CANDIDATES = ['/usr/share', '/usr/lib', '/usr/include', '/usr/lib/python3', '/usr/share/doc', '/etc'];
const LEAST_BYTES = 20e6;
const MOST_BYTES = 1.5e9;
const MOST_FILES = 200_000;
const ROOMS = ['/dev/shm', tmpdir()];
const POLL_MILLISECONDS = 10;

const coppice = (verb, ...words) => [process.execPath, join(project, 'dist', 'cli.js'), verb, ...words];
const ostree = (verb, ...words) => ['ostree', verb, ...words];
const commitWords = (repository, tree) => ['commit', `--repo=${repository}`, '-b', 'demo', '-s', 'demo', '--timestamp=@1700000000', `--tree=dir=${tree}`];

/** Counts what a commit would hold; null where it would fail or be too much. Reads nothing but directories. */
function survey(root, limits) {
  const sum = { files: 0, symlinks: 0, directories: 0, bytes: 0 };
  const pending = [root];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    sum.directories += 1;
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isSymbolicLink()) sum.symlinks += 1;
      else if (!addFile(sum, path, entry)) return null;
    }
    if (sum.bytes > limits.bytes || sum.files > limits.files) return null;
  }
  return sum;
}

function addFile(sum, path, entry) {
  if (!entry.isFile()) return false;
  accessSync(path, constants.R_OK);
  sum.files += 1;
  sum.bytes += lstatSync(path).size;
  return true;
}

/** The survey of a directory that suits the demo, or null. */
function suits(directory) {
  try {
    const found = existsSync(directory) ? survey(directory, { bytes: MOST_BYTES, files: MOST_FILES }) : null;
    return found !== null && found.bytes >= LEAST_BYTES ? found : null;
  } catch {
    return null; // something in it cannot be read
  }
}

function chooseTree(word) {
  if (word !== undefined) return { tree: resolve(word), size: survey(resolve(word), { bytes: Infinity, files: Infinity }) };
  for (const tree of CANDIDATES) {
    const size = suits(tree);
    if (size !== null) return { tree, size };
  }
  return { tree: project, size: survey(project, { bytes: Infinity, files: Infinity }) };
}

/** A new directory where two repositories and a checkout have room, in memory if possible. */
function makeRoom(bytes) {
  const needed = 2.5 * bytes + 100e6;
  const roomy = ROOMS.filter((path) => existsSync(path)).find((path) => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > needed;
  });
  if (roomy === undefined) throw new Error(`neither ${ROOMS.join(' nor ')} has ${megabytes(needed)} to spare; name a smaller directory: npm run demo -- DIR`);
  return mkdtempSync(join(roomy, 'coppice-demo-'));
}

/** The kernel's own record of a process's peak memory. */
function peakOf(pid) {
  try {
    return 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

/** Runs a program that has to succeed; resolves to what it printed, its seconds and its peak memory. */
function measure([program, ...words]) {
  const begin = performance.now();
  return new Promise((done, fail) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr, peakBytes] = ['', '', 0];
    const timer = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid))), POLL_MILLISECONDS);
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => (stderr += text));
    child.on('error', fail);
    child.on('close', (status) => {
      clearInterval(timer);
      if (status === 0) done({ stdout: stdout.trim(), seconds: (performance.now() - begin) / 1000, peakBytes });
      else fail(new Error(`"${program} ${words.join(' ')}" exits ${status}: ${(stderr || stdout).trim()}`));
    });
  });
}

function countObjects(repository) {
  const prefixes = readdirSync(join(repository, 'objects')).filter((name) => name.length === 2);
  return prefixes.reduce((sum, prefix) => sum + readdirSync(join(repository, 'objects', prefix)).length, 0);
}

/** The lines about the engine that `--version` prints below `coppice:`. */
function engineLines(version) {
  const lines = (version.split(/^coppice:$/m)[1] ?? '').split('\n').slice(1);
  return lines.filter((line) => /^\s/.test(line)).map((line) => line.trim().replaceAll("'", ''));
}

/** Reads every file once, so that nobody's first read from the disk is timed. */
function warm(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) warm(path);
    else if (entry.isFile()) readFileSync(path);
  }
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
const print = (label, text) => console.log(`  ${label.padEnd(14)}${text}`);
const took = ({ seconds, peakBytes }) => `${seconds.toFixed(2)} s, peak memory ${peakBytes === 0 ? 'unknown' : megabytes(peakBytes)}`;

async function commitBy(program, repository, tree) {
  await measure(program('init', `--repo=${repository}`, '--mode=bare-user-only'));
  const run = await measure(program(...commitWords(repository, tree)));
  return { ...run, checksum: run.stdout.split('\n').at(-1) };
}

/** The same commit by ostree; false when the checksums differ. */
async function commitBeside(room, tree, ours) {
  const theirs = await commitBy(ostree, join(room, 'ostree'), tree);
  print('ostree', took(theirs));
  const isEqual = theirs.checksum === ours.checksum;
  print('checksums', isEqual ? 'equal' : `DIFFERENT: ostree says ${theirs.checksum}`);
  print('ratio', `coppice commits ${(theirs.seconds / ours.seconds).toFixed(1)} times as fast as ostree`);
  return isEqual;
}

async function demonstrate(room, tree, size) {
  const repository = join(room, 'repo');
  const ours = await commitBy(coppice, repository, tree);
  print('commit', ours.checksum);
  print('', `${took(ours)}, ${countObjects(repository)} objects, ${(size.files / ours.seconds).toFixed(0)} files/s`);
  print('checkout', `${took(await measure(coppice('checkout', `--repo=${repository}`, '-U', '-H', 'demo', join(room, 'tree'))))}, by hardlinks`);
  print('fsck', `${took(await measure(coppice('fsck', '--quiet', `--repo=${repository}`)))}, no errors`);
  if (isThere('ostree')) return commitBeside(room, tree, ours);
  print('ostree', 'is not installed here, so there is nothing to compare with');
  return true;
}

async function main() {
  ensureInstalled();
  ensureBuilt();
  const { tree, size } = chooseTree(process.argv[2]);
  if (size === null) throw new Error(`${tree} holds something that is neither file, directory nor symlink`);
  const room = makeRoom(size.bytes);
  try {
    console.log(`\ncoppice on ${tree} (in ${room}, bare-user-only)`);
    print('tree', `${size.files} files, ${megabytes(size.bytes)}, ${size.directories} directories, ${size.symlinks} symlinks`);
    for (const line of engineLines((await measure(coppice('--version'))).stdout)) print('', line);
    warm(tree);
    return await demonstrate(room, tree, size);
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
