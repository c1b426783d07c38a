// Writes the code that V8 compiles of dist/cli.bundle.js and dist/worker.bundle.js where scripts/launch.cjs looks for it.
// Functions are compiled when they are first called: the program's usual verbs are run here, so that theirs are there, too.
// Usage: node scripts/compile-bundle.cjs cli|worker, each in a process of its own
'use strict';
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { isMainThread, Worker } = require('node:worker_threads');
const launcher = require('./launch.cjs');

const dist = join(dirname(__dirname), 'dist');

function save(name, script) {
  writeFileSync(launcher.codeFile(dist, name), script.createCachedData());
}

/** Runs one command line in this process, which it must not end. */
async function runVerb(main, words) {
  process.argv.splice(2, Infinity, ...words);
  let status;
  process.exit = (code) => { status ??= code; };
  await main();
  if (status !== 0) throw new Error(`coppice ${words.join(' ')}: exit status ${status}`);
}

function makeTree(tree) {
  for (let directory = 0; directory < 20; directory++) {
    mkdirSync(join(tree, `${directory}`), { recursive: true });
    for (let file = 0; file < 20; file++) writeFileSync(join(tree, `${directory}/${file}`), `${directory * file}`.repeat(file * 9));
  }
}

async function runUsualVerbs(main, folder) {
  const tree = join(folder, 'tree');
  makeTree(tree);
  const run = (...words) => runVerb(main, [`--repo=${join(folder, 'repo')}`, '--threads=0', ...words]);
  await run('init', '--mode=bare-user-only');
  for (let time = 1; time <= 2; time++) await run('commit', '-b', 'main', `--timestamp=@${time}`, tree);
  await run('refs');
  await run('checkout', '-U', '-H', 'main', join(folder, 'copy'));
  await run('fsck', '--quiet');
}

async function compileCli() {
  process.setMaxListeners(0);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-build-'));
  try {
    const { script, exported } = launcher.load(dist, 'cli');
    await runUsualVerbs(exported.main, folder);
    save('cli', script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A worker's bundle is loaded in a worker. */
function compileWorker() {
  const settings = { engine: 'wasm', assetDirectory: dist, threads: 1, budget: {} };
  return new Worker(__filename, { workerData: settings });
}

if (!isMainThread) save('worker', launcher.load(dist, 'worker').script);
else if (process.argv[2] === 'worker') compileWorker();
else void compileCli();
