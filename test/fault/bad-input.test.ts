import { appendFileSync, chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { plantDirtree } from '../support/bad-dirtree.ts';
import { strayFiles } from '../support/compare.ts';
import { expectClearError, expectSound } from '../support/fault.ts';
import { checksumOf, listedChecksums, objectPath } from '../support/loose-objects.ts';
import { coppice, ostree, run, runWords, start, succeed, withWords } from '../support/program.ts';
import type { Finished, Program } from '../support/program.ts';
import { describeWith, hasEngine, needs } from '../support/requirements.ts';
import { removeTree, Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';

/** A checksum, or the path of a loose object. */
const SOME_OBJECT = /[0-9a-f]{64}|[0-9a-f]{2}\/[0-9a-f]{62}/;
const OBJECTS = { file: '.file', filez: '.filez', dirtree: '.dirtree', dirmeta: '.dirmeta', commit: '.commit' } as const;
type ObjectKind = keyof typeof OBJECTS;

const MODES = ['bare-user', 'bare-user-only', 'archive', 'bare'] as const;
type Mode = (typeof MODES)[number];

/** The kinds of objects that are damaged, each in a mode that every engine knows, and one more of the native engine alone. */
const VICTIMS: readonly (readonly [ObjectKind, Mode])[] = [
  ['file', 'bare-user-only'], ['filez', 'archive'], ['dirtree', 'archive'], ['dirmeta', 'archive'], ['commit', 'archive'], ['file', 'bare'],
];
const NATIVE_VICTIMS: readonly (readonly [ObjectKind, Mode])[] = [...VICTIMS, ['file', 'bare-user'], ['commit', 'bare'], ['dirtree', 'bare']];

const DAMAGES: readonly (readonly [string, (path: string) => void])[] = [
  ['missing', (path) => { rmSync(path); }],
  ['emptied', (path) => { truncateSync(path, 0); }],
  ['truncated', (path) => { truncateSync(path, Math.max(1, lstatSync(path).size - 3)); }],
  ['grown', (path) => { appendFileSync(path, 'grown'); }],
  ['corrupt', flipMiddle],
  ['replaced by zeros', (path) => { writeFileSync(path, Buffer.alloc(lstatSync(path).size)); }],
  ['replaced by a directory', (path) => { rmSync(path); mkdirSync(path); }],
];

const STRANGE_ENTRIES: readonly (readonly [string, string, RegExp])[] = [
  ['a fifo', 'mkfifo "$0/deep/strange"', /strange/],
  ['a character device', 'mknod "$0/deep/strange" c 1 3', /strange/],
  ['a block device', 'mknod "$0/deep/strange" b 7 0', /strange/],
  ['a socket', `python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$0/deep/strange"`, /strange/],
  ['a name that is not UTF-8', `touch "$0/deep/$(printf 'stra\\377nge')"`, /UTF-8.*stra|stra.*UTF-8/],
  ['a directory name that is not UTF-8', `mkdir "$0/deep/$(printf 'stra\\377nge')"`, /UTF-8.*stra|stra.*UTF-8/],
];

/** Names of files and of directories that no dirtree may have. */
const BAD_NAMES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a name that is ..', ['..'], []],
  ['a name that is .', ['.'], []],
  ['a name with a slash', ['a/../../escape'], []],
  ['an absolute name', ['/tmp/escape'], []],
  ['an empty name', [''], []],
  ['unsorted names', ['b', 'a'], []],
  ['a name twice', ['a', 'a'], []],
  ['a directory named ..', [], ['..']],
  ['a directory with a slash', [], ['../escape']],
  ['unsorted directories', [], ['b', 'a']],
  ['a name as file and as directory', ['a'], ['a']],
];

const scratch = new Scratch('bad');
const tree = join(scratch.path, 'tree');
const pristine = (mode: Mode): string => join(scratch.path, `pristine-${mode}`);

function makePristine(): void {
  if (existsSync(tree)) return;
  writeTree(tree, dir({ usr: dir({ bin: dir({ tool: file('#!/bin/sh\necho a tool that is long enough to be compressed\n', { mode: 0o755 }) }, { mode: 0o751 }) }), link: symlink('usr') }));
  for (const mode of MODES) {
    succeed(ostree, ['init', `--repo=${pristine(mode)}`, `--mode=${mode}`]);
    succeed(ostree, ['commit', `--repo=${pristine(mode)}`, '-b', 'main', '--timestamp=@1', '--add-detached-metadata-string=a=b', tree]);
  }
}

function copyOf(mode: Mode): string {
  const repo = scratch.fresh(mode);
  runWords(['cp', '-a', pristine(mode), repo]);
  return repo;
}

const startProgram = async (program: Program, args: readonly string[]): Promise<Finished> => start([...program.words, ...args]).finished;

async function expectBothFail(args: readonly string[], mention: RegExp, program: Program = coppice): Promise<void> {
  const [ours, theirs] = await Promise.all([startProgram(program, args), startProgram(ostree, args)]);
  expectClearError(ours, mention);
  expect(theirs.status).toBe(1);
}

/** What no engine takes part in. */
describeWith([needs.referee, needs.root], 'bad input in words', () => {
  beforeAll(makePristine);

  it.each(['commit -b x /etc/hostname', 'checkout main /nowhere', 'refs', 'log main', 'show main', 'ls main', 'cat main /x', 'fsck', 'rev-parse main', 'diff main'])('not a repository: %s', async (words) => {
    const empty = scratch.fresh('empty');
    mkdirSync(empty);
    await expectBothFail([...words.split(' '), `--repo=${empty}`], /opening repo|repository/i);
    await expectBothFail([...words.split(' '), `--repo=${empty}/absent`], /absent/);
  });

  it.each(['checkout absent co', 'log absent', 'show absent', 'ls absent', 'cat absent /x', 'rev-parse absent', 'diff absent main', 'reset main absent'])('unknown ref: %s', async (words) => {
    await expectBothFail([...words.split(' '), `--repo=${pristine('archive')}`], /Refspec 'absent' not found/);
  });

  it.each(['ls main /absent', 'cat main /absent', 'cat main /usr', 'checkout --subpath=/absent main co'])('unknown path: %s', async (words) => {
    await expectBothFail([...words.split(' '), `--repo=${pristine('archive')}`], /absent|Can't open directory/);
  });

  it('an ambiguous checksum', async () => {
    const repo = copyOf('archive');
    const prefixes = new Map<string, string>();
    let ambiguous = '';
    for (let index = 0; ambiguous === ''; index += 1) {
      const checksum = succeed(ostree, ['commit', `--repo=${repo}`, '--orphan', `--timestamp=@${index}`, '--tree=ref=main']);
      if (prefixes.has(checksum.slice(0, 2))) ambiguous = checksum.slice(0, 2);
      prefixes.set(checksum.slice(0, 2), checksum);
    }
    await expectBothFail(['rev-parse', `--repo=${repo}`, ambiguous], new RegExp(ambiguous));
    await expectBothFail(['checkout', `--repo=${repo}`, ambiguous, scratch.fresh('co')], new RegExp(ambiguous));
  });

  it.each(DAMAGES.filter(([damage]) => damage !== 'missing' && damage !== 'emptied'))('detached metadata that is %s', (damage, apply) => {
    const repo = copyOf('archive');
    const path = objectPath(repo, succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main']), '.commitmeta');
    apply(path);
    const answer = run(coppice, ['show', '--print-detached-metadata-key=a', 'main', `--repo=${repo}`]);
    // one bit of a value may make another value
    if (damage !== 'corrupt') expectClearError(answer, new RegExp(checksumOf(path)));
    succeed(coppice, ['checkout', '-U', 'main', scratch.fresh('co'), `--repo=${repo}`]);
  });

  it('a tree that is a file', async () => {
    await expectBothFail(['commit', `--repo=${pristine('archive')}`, '-b', 'x', join(tree, 'usr/bin/tool')], /tool/);
  });

  it('a repository that may not be written', () => {
    const repo = copyOf('bare-user-only');
    const words = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...coppice.words, 'commit', `--repo=${repo}`, '-b', 'x', '--owner-uid=0', tree];
    expectClearError(runWords(words, { cwd: '/' }), new RegExp(repo));
    expectSound(repo);
  });
});

describe.each(['native', 'js', 'wasm'].filter((engine) => hasEngine(engine)))('bad input for the engine %s', (engine) => {
  const program = withWords(coppice, `--engine=${engine}`);

  describeWith([needs.referee, needs.root], 'in the tree to commit', () => {
    beforeAll(makePristine);

    it.each(STRANGE_ENTRIES)('%s', async (_, script, mention) => {
      const [source, repo] = [scratch.fresh('source'), copyOf('bare-user-only')];
      writeTree(source, dir({ deep: dir({ fine: file('fine\n') }), last: file('x') }));
      runWords(['sh', '-ec', script, source]);
      await expectBothFail(['commit', `--repo=${repo}`, '-b', 'x', source], mention, program);
      expect(succeed(ostree, ['refs', `--repo=${repo}`])).toBe('main');
      expect(strayFiles(repo).filter((path) => path.includes('coppice'))).toEqual([]);
      expectSound(repo);
    });

    it('a file and a directory that may not be read', () => {
      const folder = scratch.fresh('nobody');
      mkdirSync(folder);
      writeTree(join(folder, 'file'), dir({ deep: dir({ secret: file('s', { mode: 0 }) }) }));
      writeTree(join(folder, 'dir'), dir({ deep: dir({ closed: dir({ x: file('x') }, { mode: 0 }) }) }));
      chmodSync(folder, 0o777);
      for (const [source, mention] of [['file', /secret.*Permission denied|Permission denied.*secret/], ['dir', /closed.*Permission denied|Permission denied.*closed/]] as const) {
        const repo = join(folder, `repo-${source}`);
        const asNobody = (words: readonly string[]): Finished => runWords(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...words], { cwd: '/' });
        asNobody([...ostree.words, 'init', `--repo=${repo}`, '--mode=bare-user-only']);
        const args = ['commit', `--repo=${repo}`, '-b', 'x', join(folder, source)];
        expectClearError(asNobody([...program.words, ...args]), mention);
        expect(asNobody([...ostree.words, ...args]).status).toBe(1);
      }
    });
  });

  describeWith([needs.referee, needs.root], 'in the repository', () => {
    beforeAll(makePristine);

    const victims = engine === 'native' ? NATIVE_VICTIMS : VICTIMS;
    const lanes = victims.flatMap(([kind, mode]) => DAMAGES.map(([damage, apply]) => [kind, mode, damage, apply] as const));
    const readers = (repo: string): readonly (readonly string[])[] => [
      ['checkout', '-U', '-C', 'main', scratch.fresh('co'), `--repo=${repo}`],
      ['ls', '-R', 'main', `--repo=${repo}`],
      ['cat', 'main', '/usr/bin/tool', `--repo=${repo}`],
      // engines take no part in these
      ...(engine === 'native' ? [['show', 'main', `--repo=${repo}`], ['log', 'main', `--repo=${repo}`]] : []),
    ];
    /** Where ostree fails to read, so must we; a cat that does without a broken dirmeta is no fault. */
    const mustFail = async (verb: string, repo: string): Promise<boolean> => {
      const args = readers(repo).find(([word]) => word === verb) ?? [];
      return ['checkout', 'ls', 'show'].includes(verb) && (await startProgram(ostree, args)).status !== 0;
    };
    const expectAnswer = (result: Finished, verb: string): void => {
      expect([0, 1], `${verb}: ${result.stderr}`).toContain(result.status);
      if (result.status === 1) expectClearError(result, SOME_OBJECT);
    };

    it.each(lanes)('a %s object of a %s repository that is %s', async (kind, mode, damage, apply) => {
      const repo = copyOf(mode);
      const path = victim(repo, kind);
      apply(path);
      const again = scratch.fresh('again');
      runWords(['cp', '-a', repo, again]);
      const fsck = async (...words: readonly string[]): Promise<void> => {
        expectClearError(await startProgram(program, ['fsck', ...words]), new RegExp(checksumOf(path)));
      };
      await Promise.all([fsck(`--repo=${repo}`), ...(engine === 'native' ? [fsck(`--repo=${again}`, '--all')] : [])]);
      await Promise.all(readers(repo).map(async (args) => {
        const [verb = ''] = args;
        const [result, fails] = await Promise.all([startProgram(program, args), mustFail(verb, repo)]);
        expectAnswer(result, verb);
        if (fails) expect({ verb, damage, status: result.status }).toEqual({ verb, damage, status: 1 });
      }));
      // the last, for it may bring back what is missing
      expectAnswer(run(program, ['commit', '-b', 'y', '--base=main', '--no-xattrs', tree, `--repo=${repo}`]), 'commit');
      for (const done of [repo, again]) removeTree(done);
    });

    it.each(BAD_NAMES)('a dirtree with %s', async (_, files, directories) => {
      const repo = copyOf('archive');
      const evil = plantDirtree(repo, files, directories);
      const inside = scratch.fresh('jail');
      mkdirSync(inside);
      const words = [['checkout', '-U', evil.commit, join(inside, 'co')], ['checkout', '-U', '--union', evil.commit, join(inside, 'union')], ['ls', '-R', evil.commit], ['fsck']];
      const mention = new RegExp(`${evil.dirtree}|${evil.dirtree.slice(0, 2)}/${evil.dirtree.slice(2)}`);
      for (const result of await Promise.all(words.map((verb) => startProgram(program, [...verb, `--repo=${repo}`])))) expectClearError(result, mention);
      expect(readdirSync(inside).filter((name) => name !== 'co' && name !== 'union')).toEqual([]);
      expect(existsSync('/tmp/escape')).toBe(false);
    });
  });

  describeWith([needs.referee, needs.root], 'in the destination', () => {
    beforeAll(makePristine);

    it.each([['-C'], ['-H'], ['-U']])('a symlink that points out of it is not followed by checkout --union %s', (flag) => {
      const [outside, destination] = [scratch.fresh('outside'), scratch.fresh('co')];
      mkdirSync(outside);
      mkdirSync(destination);
      symlinkSync(outside, join(destination, 'usr'));
      const result = run(program, ['checkout', `--repo=${pristine('bare-user-only')}`, '--union', flag, 'main', destination]);
      expectClearError(result, /usr/);
      expect(readdirSync(outside)).toEqual([]);
      expect(lstatSync(join(destination, 'usr')).isSymbolicLink()).toBe(true);
    });

    it('a symlink in the place of a file is replaced, not followed', () => {
      const [outside, destination] = [scratch.fresh('outside'), scratch.fresh('co')];
      writeFileSync(outside, 'untouched');
      mkdirSync(join(destination, 'usr/bin'), { recursive: true });
      symlinkSync(outside, join(destination, 'usr/bin/tool'));
      succeed(program, ['checkout', `--repo=${pristine('bare-user-only')}`, '--union', 'main', destination]);
      expect(readFileSync(outside, 'utf8')).toBe('untouched');
      expect(lstatSync(join(destination, 'usr/bin/tool')).isFile()).toBe(true);
    });

    it('a symlink that points out is not followed by --whiteouts', () => {
      const [outside, source, destination, repo] = [scratch.fresh('outside'), scratch.fresh('source'), scratch.fresh('co'), copyOf('bare-user-only')];
      writeTree(outside, dir({ precious: file('p') }));
      writeTree(source, dir({ d: dir({ '.wh.precious': file() }) }));
      mkdirSync(destination);
      symlinkSync(outside, join(destination, 'd'));
      succeed(program, ['commit', `--repo=${repo}`, '-b', 'holes', source]);
      expectClearError(run(program, ['checkout', `--repo=${repo}`, '--union', '--whiteouts', 'holes', destination]), /\bd\b/);
      expect(existsSync(join(outside, 'precious'))).toBe(true);
    });
  });
});

function victim(repo: string, kind: ObjectKind): string {
  if (kind === 'commit') return objectPath(repo, succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main']), '.commit');
  if (kind === 'file' || kind === 'filez') return objectPath(repo, listedChecksums(repo, '/usr/bin/tool')[0] ?? '', OBJECTS[kind]);
  const [dirtree, dirmeta] = listedChecksums(repo, '/usr/bin');
  return objectPath(repo, (kind === 'dirtree' ? dirtree : dirmeta) ?? '', OBJECTS[kind]);
}

function flipMiddle(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x55;
  writeFileSync(path, bytes);
}
