import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coppice, isRealCoppice, run } from '../support/program.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('process');

/** `sh -c` with the program as `$COPPICE`. */
function shell(script: string): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, COPPICE: coppice.words.join(' ') };
  return spawnSync('bash', ['-c', script], { encoding: 'utf8', env });
}

describe('--version', () => {
  it('is YAML with a map of libostree and one of ours', () => {
    const { status, stdout, stderr } = run(coppice, ['--version']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^libostree:\n Version: '2022\.7'\n Features:(?: \[\]|(?:\n  - \S+)+)\ncoppice:\n Version: '\S+'\n Engine: (?:native|wasm|js)\n Reason: '.+'\n$/);
  });

  it('is answered by every verb and group', () => {
    const page = run(coppice, ['--version']).stdout;
    for (const words of [['refs', '--version'], ['--version', 'commit'], ['admin', '--version'], ['remote', '--version', 'list']]) {
      expect(run(coppice, words)).toMatchObject({ status: 0, stdout: page });
    }
  });

  it('tells the engine that was asked for', () => {
    expect(run(coppice, ['--version', '--engine=js']).stdout).toContain(' Engine: js\n');
    expect(run(coppice, ['refs', '--version'], { env: { COPPICE_ENGINE: 'js' } }).stdout).toContain(' Engine: js\n');
  });

  it.runIf(isRealCoppice)('is one single write', () => {
    const traced = spawnSync('strace', ['-f', '-e', 'trace=write', '-e', 'write=1', ...coppice.words, '--version'], { encoding: 'utf8' });
    if (traced.error !== undefined) return;
    expect(traced.stderr.match(/write\(1,/g)).toHaveLength(1);
  });

  it('may be read by one that stops at what it looks for', () => {
    expect(shell('set -o pipefail; for i in 1 2 3 4 5; do $COPPICE --version | grep -q libostree || exit; done; echo fine')).toMatchObject({ stdout: 'fine\n', stderr: '' });
  });

  it('names features of ostree that work here', () => {
    expect(run(coppice, ['--version']).stdout).toContain('\n  - libarchive\n');
    const [repo, tree] = [scratch.fresh('features'), scratch.fresh('tree')];
    mkdirSync(tree);
    writeFileSync(join(tree, 'packed'), 'x');
    const script = `$COPPICE init --repo=${repo} --mode=archive && tar -cf - -C ${tree} . | $COPPICE commit --repo=${repo} -b x --no-xattrs --tree=tar=- >/dev/null && $COPPICE export --repo=${repo} x | tar -t`;
    expect(shell(script).stdout).toContain('packed');
  });
});

describe('settings', () => {
  it.each([
    [['--engine=fast'], {}, "Invalid value 'fast' for --engine"],
    [['--threads=-1'], {}, "Invalid value '-1' for --threads"],
    [['--threads=9999'], {}, "Invalid value '9999' for --threads"],
    [['--max-memory=lots'], {}, "Invalid size 'lots' for --max-memory"],
    [['--progress=loud'], {}, "Invalid value 'loud' for --progress"],
    [[], { COPPICE_ENGINE: 'fast' }, "Invalid value 'fast' for COPPICE_ENGINE"],
    [[], { COPPICE_THREADS: 'x' }, "Invalid value 'x' for COPPICE_THREADS"],
    [[], { COPPICE_MAX_MEMORY: '0' }, "Invalid size '0' for COPPICE_MAX_MEMORY"],
  ])('refuses %j with %j', (words, env, message) => {
    const { status, stderr } = run(coppice, ['refs', ...words], { env });
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: ${message}\nhint: .*\n$`));
  });

  it('prints help whatever the settings', () => {
    expect(run(coppice, ['refs', '--help', '--engine=fast'], { env: { COPPICE_THREADS: 'x' } }).status).toBe(0);
  });

  it('lets the line win over the environment', () => {
    expect(run(coppice, ['refs', '--engine=js', '--version'], { env: { COPPICE_ENGINE: 'fast' } }).status).toBe(0);
  });
});

describe('the process', () => {
  it.runIf(isRealCoppice)('loads neither an engine nor threads for a short command', () => {
    const repo = scratch.fresh('short');
    run(coppice, ['init', `--repo=${repo}`]);
    const calls = scratch.fresh('calls');
    mkdirSync(calls);
    // a file for each thread: in one for all, calls of two threads at once stand in pieces
    const traced = spawnSync('strace', ['-ff', '-o', join(calls, 'of'), '-e', 'trace=openat', ...coppice.words, 'refs', `--repo=${repo}`]);
    if (traced.error !== undefined) return;
    const lines = readdirSync(calls).map((name) => readFileSync(join(calls, name), 'utf8')).join('\n');
    const opened = [...new Set(lines.match(/(?<=")[^"]*\/dist\/[^"]*(?=", .* = \d)/g))];
    expect(opened.map((path) => basename(path)).toSorted()).toEqual([
      'cli.bundle.js', 'cli.js', `cli.${process.version}-${process.arch}.code`, 'package.json',
    ]);
  });

  it.runIf(isRealCoppice)('loads no module of node that telling the version does not need', () => {
    const hook = join(scratch.path, 'modules.cjs');
    writeFileSync(hook, `process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')))`);
    const [node = '', ...words] = coppice.words;
    const { stderr } = spawnSync(node, ['--require', hook, ...words, '--version'], { encoding: 'utf8' });
    const loaded = stderr.split('\n');
    expect(loaded).toContain('NativeModule fs');
    for (const name of ['child_process', 'crypto', 'tty', 'v8', 'zlib']) expect(loaded).not.toContain(`NativeModule ${name}`);
  });

  it.runIf(isRealCoppice).each(['cli', 'worker'])('starts %s with the code that the build compiled of it', (name) => {
    const project = JSON.stringify(join(import.meta.dirname, '../..'));
    const script = `const { load } = require(${project} + '/scripts/launch.cjs'); console.log(load(${project} + '/dist', '${name}').script.cachedDataRejected)`;
    const inWorker = `new (require('node:worker_threads').Worker)(${JSON.stringify(script)}, { eval: true, workerData: { engine: 'js' } })`;
    expect(spawnSync(process.execPath, ['-e', name === 'cli' ? script : inWorker], { encoding: 'utf8' }).stdout).toBe('false\n');
  });

  it('ends quietly when the reader of its output is gone', () => {
    const { status, stderr } = shell('(sleep 0.3; $COPPICE --help; echo "status $?" >&2) | true');
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'status 141\n' });
    expect(shell('$COPPICE --help | head -1').stdout).toBe('Usage:\n');
  });

  it('says that standard output is full', () => {
    const { status, stderr } = shell('$COPPICE --help > /dev/full');
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'error: write(): No space left on device\n' });
  });

  it('is called ostree through a link of that name', () => {
    const folder = scratch.fresh('link');
    mkdirSync(folder);
    symlinkSync(coppice.words[1] ?? '', join(folder, 'ostree'));
    const { stdout } = spawnSync(process.execPath, [join(folder, 'ostree'), '--help'], { encoding: 'utf8' });
    expect(stdout.startsWith('Usage:\n  ostree [OPTION…] COMMAND\n')).toBe(true);
  });

  it.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('passes %s on to the command it runs', async (signal, expected) => {
    const folder = scratch.fresh('bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'ostree-wait'), '#!/bin/sh\necho ready; exec sleep 60\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const child = spawn(coppice.words[0] ?? '', [...coppice.words.slice(1), 'wait'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdout.once('data', () => child.kill(signal));
    expect(await exit).toBe(expected);
  });

  it('ends at once with the second signal', async () => {
    const folder = scratch.fresh('bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'ostree-deaf'), "#!/bin/sh\ntrap '' TERM; echo ready; sleep 5\n", { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const child = spawn(coppice.words[0] ?? '', [...coppice.words.slice(1), 'deaf'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdout.once('data', () => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGTERM'), 300);
    });
    expect(await exit).toBe(143);
  });
});
