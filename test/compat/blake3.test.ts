import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, compareRepositories, snapshotCheckout, strayFiles } from '../support/compare.ts';
import { describeTree } from '../support/inodes.ts';
import { nastyTree } from '../support/nasty-tree.ts';
import { coppice, ostree, run, runWords, start, succeed, withWords } from '../support/program.ts';
import type { Program, Running } from '../support/program.ts';
import { describeWith, hasEngine, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { dir, file, sparse, symlink, writeTree } from '../support/tree.ts';

const ENGINES = ['js', 'wasm', 'native'] as const;
const THREADS = [0, 2] as const;
const MODES = ['bare', 'bare-user', 'bare-user-only', 'archive'] as const;
/** The engines without record locks never make the lock file. */
const NO_RECORD_LOCK = '".lock": missing in ours';

/**
 * Names of files of root, mode 0644, whose bytes count 0…250 over and over as in BLAKE3's official vectors. Each is what
 * the program b3sum says of the 26 bytes of header and the content behind them.
 */
const GOLDEN: readonly (readonly [sizeBytes: number, checksum: string])[] = [
  [0, '9dc6321ed3b61ad4c6fe25e2805dafa55ab8eb7592158cd50dc34b00aed19d1f'],
  [1, 'f292cf00f610f6c9ad594e1d65ea9d326a894106974a22e3b47dbd2001baf2f0'],
  [63, '9ddf9045b299f906c999d1b5dd1b9f294e8d4e6e9063091f19a0af68ffb858f7'],
  [64, '2372effa732e6a3137fd2d01637328c375639312f141f2df94f16c3e2ced9e85'],
  [65, 'b01d791e29367ea48505a5ad6fbe80be7ebe8f87ab6b4dde986b327c157695d3'],
  [1023, '1d8383e2fb3da8238309c8f1984ca5d4a02046f3121fa84fd69aa84cc5325ea8'],
  [1024, 'f0b9bc94a90c0ba461ff1363e9fe01f1c81a328ab964b41c8cdc71895ffaf4be'],
  [1025, '6770faa3110a55931cdf801d74282cd8be8575fb81fba6054b51b083bc59aca3'],
  [2048, '5b453be8f3b378be90700eaa53cf02c3c2effbbe4a3125b13100bc5b2de7f799'],
  [2049, '83b629c1b4fc89b96157a1c2dcd547b9b227e68fc526121a4af74a7e15ef5cfe'],
  [3072, '9212050704c0f84aabf78bba4a46111d66e7c3bc1dbd5f65a4753f25365a1286'],
  [3073, 'aadea067ab615f0c6dd2d88ba83d506ff9203e9953b29e4607114854a2e2e276'],
  [31_744, '9775582755ae51f9de6c43a34433ab37b4fbfc07826ea8cd4b62337d205af023'],
  [102_400, '54b31ff28748f1e06f7ed43eb7745e0503b642e1af4c6bf5f819fc157ce69cd9'],
  [1_048_534, '465911f8a0fa3e3d0857bbab7226a5d626bfe69297dee0ec92f3c5185bf343ac'],
  [1_048_577, '413e0d8dcaf90e5bd2f6695d0c509c90eb30c9e483b6c5dcfaf7702069d71040'],
];

/** Of 300,000,001 bytes, `start` and zeros; by b3sum too. */
const HUGE_CHECKSUM = '2d3ff0c7ad708b1b5c4cbdd803d503800ffae3648974661f8f52dad68575d5ba';

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const lanes = ENGINES.filter((engine) => hasEngine(engine)).flatMap((engine) => THREADS.map((threads) => [engine, threads] as const));
const lane = (engine: string, threads: number): Program => withWords(coppice, `--engine=${engine}`, `--threads=${threads}`);

function init(repo: string, mode: string, algorithm = 'blake3'): string {
  succeed(coppice, ['init', `--repo=${repo}`, `--mode=${mode}`, `--checksum=${algorithm}`]);
  return repo;
}

function commitWith(program: Program, repo: string, source: string, ...words: readonly string[]): string {
  return succeed(program, ['commit', `--repo=${repo}`, '-b', 'main', '--timestamp=@1', '--no-xattrs', ...words, source]);
}

/** Every inode of a repository with its bytes. */
const inventory = (repo: string): unknown => describeTree(repo).map(({ path, mode, digest, target }) => [path, mode, digest, target]);

/** Lets ostree write one, by hiding the mark for as long. */
function addSummary(repo: string): void {
  const config = join(repo, 'config');
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace('-blake3', ''));
  succeed(ostree, ['summary', `--repo=${repo}`, '-u']);
  writeFileSync(config, text);
}

/** Waits for the line in which python's server tells the port that it got. */
async function addressOf(log: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = existsSync(log) ? /port (\d+)/.exec(readFileSync(log, 'utf8'))?.[1] : undefined;
    if (port !== undefined) return `http://127.0.0.1:${port}`;
    await sleep(50);
  }
  throw new Error('the web server did not start');
}

describeWith([needs.referee, needs.root, needs.native], 'BLAKE3 repositories: every engine with any number of threads', () => {
  const scratch = new Scratch('blake3-engines');
  const source = join(scratch.path, 'source');
  beforeAll(() => {
    writeTree(source, nastyTree({ xattrs: false, sparseBytes: 40_000_000, crowd: 700 }));
  });

  describe.each(MODES)('in %s', (mode) => {
    const reference = scratch.fresh(`reference-${mode}`);
    let answer = '';
    beforeAll(() => {
      answer = commitWith(lane('native', 0), init(reference, mode), source);
    });

    const able = lanes.filter(([engine]) => mode !== 'bare-user' || engine === 'native');
    it.each(able)('%s with %i threads writes the same repository, to the byte', (engine, threads) => {
      const repo = init(scratch.fresh(`${engine}-${threads}`), mode);
      expect(commitWith(lane(engine, threads), repo, source)).toBe(answer);
      expect(compareRepositories(repo, reference).filter((line) => line !== NO_RECORD_LOCK)).toEqual([]);
      expect(strayFiles(repo)).toEqual([]);
      removeTree(repo);
    });

    it.each(able.filter(([, threads]) => threads > 0))('%s with %i threads finds the repository sound', (engine, threads) => {
      expect(run(lane(engine, threads), ['fsck', `--repo=${reference}`, '--quiet'])).toMatchObject({ status: 0, stderr: '' });
    });

    it('gives the tree that a SHA-256 repository gives', () => {
      const [repo, ours, theirs] = [init(scratch.fresh('sha256'), mode, 'sha256'), scratch.fresh('blake3-out'), scratch.fresh('sha256-out')];
      commitWith(coppice, repo, source);
      succeed(coppice, ['checkout', `--repo=${reference}`, 'main', ours]);
      succeed(ostree, ['checkout', `--repo=${repo}`, 'main', theirs]);
      expect(compareCheckouts(snapshotCheckout(ours), snapshotCheckout(theirs))).toEqual([]);
      for (const path of [repo, ours, theirs]) removeTree(path);
    });
  });
});

describeWith([needs.referee, needs.root, needs.native], 'BLAKE3 repositories: names of objects', () => {
  const scratch = new Scratch('blake3-names');
  const source = join(scratch.path, 'source');
  beforeAll(() => {
    const files = GOLDEN.map(([size]) => [`of-${size}`, file(counting(size), { mode: 0o644, uid: 0, gid: 0 })] as const);
    writeTree(source, dir(Object.fromEntries(files)));
  });

  it.each(ENGINES.filter((engine) => hasEngine(engine)))('%s names files as b3sum does, in the store and by `checksum`', (engine) => {
    const repo = init(scratch.fresh(engine), 'bare-user-only');
    commitWith(lane(engine, 2), repo, source);
    for (const [size, checksum] of GOLDEN) {
      const path = join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.file`);
      expect(readFileSync(path), `${size} bytes`).toEqual(Buffer.from(counting(size)));
      const words = ['checksum', '--checksum=blake3', '--ignore-xattrs', join(source, `of-${size}`)];
      if (size > 1000 && size < 1100) expect(succeed(lane(engine, 0), words)).toBe(checksum);
    }
  });

  it('`checksum` names by SHA-256 unless told otherwise, and knows no third algorithm', () => {
    const path = join(source, 'of-1024');
    const expected = succeed(ostree, ['checksum', path]);
    expect(succeed(coppice, ['checksum', path])).toBe(expected);
    expect(succeed(coppice, ['checksum', '--checksum=sha256', path])).toBe(expected);
    const { status, stderr } = run(coppice, ['checksum', '--checksum=md5', path]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("Invalid checksum algorithm 'md5'")]);
  });

  it('names a file of 300 MB the same by every engine', () => {
    const huge = join(scratch.path, 'huge');
    writeTree(huge, dir({ huge: sparse('start', 300_000_001, { mode: 0o644 }) }));
    const names = ENGINES.filter((engine) => hasEngine(engine)).map((engine) => {
      const repo = init(scratch.fresh('huge'), 'bare-user-only');
      commitWith(lane(engine, 2), repo, huge);
      expect(run(lane(engine, 2), ['fsck', `--repo=${repo}`, '-q']).status).toBe(0);
      const name = succeed(coppice, ['ls', `--repo=${repo}`, '-C', 'main', '/huge']).split(' ').find((word) => word.length === 64);
      removeTree(repo);
      return name;
    });
    expect(new Set(names)).toEqual(new Set([HUGE_CHECKSUM]));
  });
});

describeWith([needs.referee, needs.root, needs.native], 'BLAKE3 repositories: ostree refuses them', () => {
  const scratch = new Scratch('blake3-refused');
  const source = join(scratch.path, 'source');
  const ours = join(scratch.path, 'ours');
  const theirs = join(scratch.path, 'theirs');
  let server: Running;
  let address = '';
  let before: unknown;

  beforeAll(async () => {
    writeTree(source, dir({ hello: file('hello\n', { mode: 0o644 }) }));
    commitWith(coppice, init(ours, 'archive'), source);
    succeed(ostree, ['init', `--repo=${theirs}`, '--mode=archive']);
    addSummary(ours);
    before = inventory(ours);
    const log = join(scratch.path, 'port');
    server = start(['sh', '-c', 'exec python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$2" 2>/dev/null', 'sh', scratch.path, log]);
    address = await addressOf(log);
  });
  afterAll(async () => {
    server.kill();
    await server.finished;
  });

  const VERBS = [
    'refs', 'commit -b x --tree=ref=main', 'fsck', 'summary -u', 'ls main', 'log main', 'show main', 'config get core.mode', 'config set core.fsync false',
    'prune', 'rev-parse main', 'reset main main', 'cat main /hello', 'diff main main', 'checkout main /nonexistent/out', 'static-delta list',
    'static-delta generate main', 'remote list', 'remote add o http://localhost', 'pull o main', 'pull-local /nonexistent', 'export main',
    'sign main key', 'gpg-sign main key', 'find-remotes main', 'create-usb /nonexistent main', 'init --mode=archive',
  ];
  it.each(VERBS)('%s', (line) => {
    const [verb = '', ...words] = line.split(' ');
    const { status, stderr } = run(ostree, [verb, `--repo=${ours}`, ...words]);
    expect([status, stderr]).toEqual([1, "error: opening repo: Invalid mode 'archive-z2-blake3' in repository configuration\n"]);
  });

  it('and has changed nothing', () => {
    expect(inventory(ours)).toEqual(before);
  });

  it('as a parent repository, as a local source and as a remote', () => {
    const child = scratch.fresh('child');
    succeed(ostree, ['init', `--repo=${child}`, '--mode=archive']);
    succeed(ostree, ['config', `--repo=${child}`, 'set', 'core.parent', ours]);
    succeed(ostree, ['remote', 'add', `--repo=${theirs}`, '--no-gpg-verify', 'http', `${address}/ours`]);
    succeed(ostree, ['remote', 'add', `--repo=${theirs}`, '--no-gpg-verify', 'file', `file://${ours}`]);
    const lines = [['refs', `--repo=${child}`], ['pull-local', `--repo=${theirs}`, ours], ['pull', `--repo=${theirs}`, 'http', 'main'], ['pull', `--repo=${theirs}`, 'file', 'main']];
    for (const words of lines) {
      const { status, stderr } = run(ostree, words);
      expect([words[0], status, stderr]).toEqual([words[0], 1, expect.stringContaining("Invalid mode 'archive-z2-blake3' in repository configuration")]);
    }
    rmSync(join(ours, 'summary')); // without one ostree reads no config of a remote, and finds the first commit corrupt
    expect(run(ostree, ['pull', `--repo=${theirs}`, 'http', 'main']).stderr).toMatch(/^error: Corrupted commit object; checksum expected=/);
    expect(succeed(ostree, ['refs', `--repo=${theirs}`])).toBe('');
  });

  it('and coppice takes no parent whose objects have other names, but one of its own kind', () => {
    const children = (['blake3', 'sha256'] as const).map((algorithm) => init(scratch.fresh(algorithm), 'archive', algorithm));
    for (const repo of children) succeed(coppice, ['config', `--repo=${repo}`, 'set', 'core.parent', ours]);
    const [same, other] = children.map((repo) => run(coppice, ['cat', `--repo=${repo}`, 'main', '/hello']));
    expect(same).toMatchObject({ status: 0, stdout: 'hello\n' });
    expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining('its objects are named by blake3, not by sha256') });
    expect(other?.stderr).toContain(`While checking parent repository '${ours}'`);
  });

  it('and `init --checksum` does not overlook that a repository exists with other names', () => {
    expect(run(coppice, ['init', `--repo=${ours}`, '--checksum=blake3'])).toMatchObject({ status: 0, stderr: '' });
    expect(run(coppice, ['init', `--repo=${ours}`])).toMatchObject({ status: 0, stderr: '' });
    const { status, stderr } = run(coppice, ['init', `--repo=${ours}`, '--checksum=sha256']);
    expect([status, stderr]).toEqual([1, `error: the objects of "${ours}" are named by blake3 already\n`]);
  });
});

/** What a line says when checksums are numbered in the order in which they appear. */
function withoutNames(text: string): string {
  const numbers = new Map<string, number>();
  const number = (checksum: string): string => {
    if (!numbers.has(checksum)) numbers.set(checksum, numbers.size);
    return `#${numbers.get(checksum)}`;
  };
  return text.replaceAll(/[0-9a-f]{64}/g, number);
}

describeWith([needs.referee, needs.root, needs.native], 'BLAKE3 repositories: every verb says what it says of SHA-256 ones', () => {
  const scratch = new Scratch('blake3-verbs');
  const template = join(scratch.path, 'template');
  beforeAll(() => {
    mkdirSync(template);
    const names = dir({ etc: dir({ hosts: file('localhost\n'), link: symlink('hosts'), empty: file('') }), bin: file(counting(5000), { mode: 0o755 }) });
    writeTree(join(template, 'one'), names);
    writeTree(join(template, 'two'), dir({ etc: dir({ hosts: file('changed\n'), new: file('new\n') }), bin: file(counting(5000), { mode: 0o755 }) }));
  });

  /** Lines for the shell, run in each of two worlds; `co` is coppice on the world's repository. */
  const story = (script: string, mode: string): readonly string[] =>
    (['blake3', 'sha256'] as const).map((algorithm) => {
      const world = scratch.fresh(algorithm);
      cpSync(template, world, { recursive: true, preserveTimestamps: true });
      init(join(world, 'repo'), mode, algorithm);
      const prelude = `co() { verb=$1; shift; ${coppice.words.join(' ')} $verb --repo=repo "$@" 2>&1; echo "status $?"; }; ci() { co commit -b main --timestamp=@1 -s subject "$@"; }`;
      const { stdout, status } = runWords(['sh', '-c', `cd "$1" || exit 9; ${prelude}\n${script}`, 'sh', world]);
      expect(status).toBe(0);
      removeTree(world);
      return withoutNames(stdout);
    });

  const first = 'ci one; ci two';
  const object = 'object() { c=$(co ls -C main $1 | grep -o "[0-9a-f]\\{64\\}" | head -1); echo repo/objects/$(echo $c | cut -c1-2)/$(echo $c | cut -c3-).$2; }';
  const STORIES: readonly (readonly [title: string, script: string, expected?: RegExp])[] = [
    ['history', `${first}; co log main; co show main; co refs; co rev-parse main; co rev-parse main^`, /subject/],
    ['trees', `${first}; co ls -RC main; co ls -RX main; co cat main /etc/hosts; co ls main^ /etc`, /changed/],
    ['diff of commits, directories and both', `${first}; co diff main^ main; co diff main one; co diff one two; co diff ./one main --stats`, /etc\/hosts/],
    ['reset and refs', `${first}; co reset main main^; co log main; co refs --create=other main; co refs --delete other; co config get core.repo_version`],
    ['a tree laid over another commit', `${first}; ci --tree=ref=main --tree=dir=one; co ls -R main`, /link/],
    ['metadata', `${first}; ci --add-metadata-string=a=b --add-detached-metadata-string=c=d two; co show --print-metadata-key=a main; co show --print-detached-metadata-key=c main`, /'b'/],
    ['an unchanged commit', `ci one; ci --skip-if-unchanged one; ci --no-index --skip-if-unchanged one; co log main`],
    ['checkouts and what was changed in one', 'ci one; co checkout -U main out; find out | sort; echo more >> out/etc/new; ci out; co ls -R main; co checkout --union -U main two; find two | sort', /new/],
    ['hardlinks', 'ci one; co checkout -U -H main out; rm -f out/bin; ci --link-checkout-speedup out; ci -I out; co ls -RC main'],
    ['consumed trees', 'cp -a one gone; ci --consume gone; ls; co fsck -q; co ls -RC main'],
    ['a partial commit', `ci one; ${object}; rm $(object /bin file*) 2>/dev/null; rm repo/objects/*/*.dirtree; co fsck -q; co fsck -q; ls repo/state | wc -l`, /status 1/],
    ['a tombstone', `${first}; rm repo/objects/*/$(co rev-parse main^ | head -1 | cut -c3-).commit; co fsck -q --add-tombstones; ls repo/objects/*/*.tombstone-commit | wc -l`],
    ['messages about what is not there', 'co refs; co log main; co cat main x; co rev-parse 0123; co checkout main out', /status 1/],
  ];
  it.each(STORIES.map(([title, script, expected], index) => ({ title, script, expected, mode: index % 2 === 0 ? 'archive' : 'bare-user-only' })))(
    '$title, $mode',
    ({ script, expected, mode }) => {
      const [blake3 = '', sha256] = story(script, mode);
      expect(blake3).toBe(sha256);
      expect(blake3).toMatch(expected ?? /status 0/);
    },
  );

  it('sizes are kept in the commit and added up', () => {
    const [blake3 = '', sha256] = story('ci --generate-sizes one; co show --print-sizes main', 'archive');
    expect(blake3).toBe(sha256);
    expect(blake3).toContain('status 0');
  });

  it.each(ENGINES.filter((engine) => hasEngine(engine)).flatMap((engine) => ['bare-user-only', 'archive'].map((mode) => [engine, mode] as const)))(
    'fsck by %s finds one flipped bit in %s',
    (engine, mode) => {
      const repo = init(scratch.fresh('flip'), mode);
      commitWith(coppice, repo, join(template, 'one'));
      const objects = readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(file|filez|commit|dirtree|dirmeta)$/.test(name));
      expect(objects.length).toBeGreaterThan(5);
      const paths = objects.map((name) => join(repo, 'objects', name)).filter((path) => lstatSync(path).isFile());
      for (const name of paths) {
        const bytes = readFileSync(name);
        if (bytes.length === 0) continue;
        const broken = Buffer.from(bytes);
        broken[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        writeFileSync(name, broken);
        expect(run(lane(engine, 0), ['fsck', `--repo=${repo}`, '-q']), name).toMatchObject({ status: 1 });
        writeFileSync(name, bytes);
      }
      expect(run(lane(engine, 0), ['fsck', `--repo=${repo}`, '-q'])).toMatchObject({ status: 0 });
    },
  );
});
