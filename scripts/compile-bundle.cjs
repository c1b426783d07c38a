// Writes the code that V8 compiles of dist/cli.bundle.js and dist/worker.bundle.js where scripts/launch.cjs looks for it.
// Functions are compiled when they are first called: the program's usual verbs are run here, on two threads, so that theirs
// are there, too.
// Usage: node scripts/compile-bundle.cjs
'use strict';
const { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const threads = require('node:worker_threads');
const launcher = require('./launch.cjs');

const dist = join(dirname(__dirname), 'dist');
const workerFile = join(dist, 'worker.js');

/** V8 refuses code that was written while a flag differed, as verbs have it for a while (src/cli/optimise-early.ts). */
function save(name, script) {
  setFlagsFromString('--opt');
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

/** So much of it that threads are started. */
function makeTree(tree) {
  for (let directory = 0; directory < 40; directory++) {
    mkdirSync(join(tree, `${directory}`), { recursive: true });
    for (let file = 0; file < 20; file++) writeFileSync(join(tree, `${directory}/${file}`), `${directory * file} `.repeat(file * 900));
  }
}

async function runUsualVerbs(main, folder, engine) {
  const tree = join(folder, 'tree');
  const repo = join(folder, engine);
  const run = (...words) => runVerb(main, [`--repo=${repo}`, '--threads=2', `--engine=${engine}`, ...words]);
  await run('init', '--mode=bare-user-only');
  for (let time = 1; time <= 2; time++) await run('commit', '-b', 'main', `--timestamp=@${time}`, tree);
  await run('refs');
  await run('checkout', '-U', '-H', 'main', `${repo}-copy`);
  await run('fsck', '--quiet');
}

/** What piscina starts instead of dist/worker.js is this file. */
class WatchedWorker extends threads.Worker {
  constructor(_file, options) {
    super(__filename, options);
  }
}

async function compile() {
  threads.Worker = WatchedWorker;
  process.setMaxListeners(0);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-build-'));
  try {
    makeTree(join(folder, 'tree'));
    const { script, exported } = launcher.load(dist, 'cli');
    if (existsSync(join(dist, 'coppice.node'))) await runUsualVerbs(exported.main, folder, 'native');
    await runUsualVerbs(exported.main, folder, 'wasm');
    save('cli', script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Serves piscina as dist/worker.js does, and writes the code after each task: a thread is not told of its end. */
function serve() {
  const { script, exported } = launcher.load(dist, 'worker');
  const answer = async (request) => {
    const reply = await exported.default(request);
    save('worker', script);
    return reply;
  };
  require.cache[workerFile] = { id: workerFile, filename: workerFile, loaded: true, exports: { __esModule: true, default: answer } };
  void exported.main();
}

if (threads.isMainThread) void compile();
else serve();
