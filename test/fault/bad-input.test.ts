import { appendFileSync, chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { strayFiles } from '../support/compare.ts';
import { expectClearError, expectSound } from '../support/fault.ts';
import { coppice, ostree, run, runWords, succeed } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';

/** A checksum, or the path of a loose object. */
const SOME_OBJECT = /[0-9a-f]{64}|[0-9a-f]{2}\/[0-9a-f]{62}/;
const OBJECTS = { file: '.file', filez: '.filez', dirtree: '.dirtree', dirmeta: '.dirmeta', commit: '.commit' } as const;

describeWith([needs.referee, needs.root, needs.native], 'bad input', () => {
  const scratch = new Scratch('bad');
  const tree = join(scratch.path, 'tree');
  const pristine = (mode: string): string => join(scratch.path, `pristine-${mode}`);

  beforeAll(() => {
    writeTree(tree, dir({ usr: dir({ bin: dir({ tool: file('#!/bin/sh\necho a tool that is long enough to be compressed\n', { mode: 0o755 }) }, { mode: 0o751 }) }), link: symlink('usr') }));
    for (const mode of ['bare-user', 'bare-user-only', 'archive', 'bare']) {
      succeed(ostree, ['init', `--repo=${pristine(mode)}`, `--mode=${mode}`]);
      succeed(ostree, ['commit', `--repo=${pristine(mode)}`, '-b', 'main', '--timestamp=@1', tree]);
    }
  });

  const copyOf = (mode: string): string => {
    const repo = scratch.fresh(mode);
    runWords(['cp', '-a', pristine(mode), repo]);
    return repo;
  };
  const bothFail = (args: readonly string[], mention: RegExp): void => {
    expectClearError(run(coppice, args), mention);
    expect(run(ostree, args).status).toBe(1);
  };

  describe('in words', () => {
    it.each(['commit -b x /etc/hostname', 'checkout main /nowhere', 'refs', 'log main', 'show main', 'ls main', 'cat main /x', 'fsck', 'rev-parse main', 'diff main'])('not a repository: %s', (words) => {
      const empty = scratch.fresh('empty');
      mkdirSync(empty);
      bothFail([...words.split(' '), `--repo=${empty}`], /opening repo|repository/i);
      bothFail([...words.split(' '), `--repo=${empty}/absent`], /absent/);
    });

    it.each(['checkout absent co', 'log absent', 'show absent', 'ls absent', 'cat absent /x', 'rev-parse absent', 'diff absent main', 'reset main absent'])('unknown ref: %s', (words) => {
      bothFail([...words.split(' '), `--repo=${pristine('archive')}`], /Refspec 'absent' not found/);
    });

    it.each(['ls main /absent', 'cat main /absent', 'cat main /usr', 'checkout --subpath=/absent main co'])('unknown path: %s', (words) => {
      bothFail([...words.split(' '), `--repo=${pristine('archive')}`], /absent|Can't open directory/);
    });

    it('an ambiguous checksum', () => {
      const repo = copyOf('archive');
      const prefixes = new Map<string, string>();
      let ambiguous = '';
      for (let index = 0; ambiguous === ''; index += 1) {
        const checksum = succeed(ostree, ['commit', `--repo=${repo}`, '--orphan', `--timestamp=@${index}`, '--tree=ref=main']);
        if (prefixes.has(checksum.slice(0, 2))) ambiguous = checksum.slice(0, 2);
        prefixes.set(checksum.slice(0, 2), checksum);
      }
      bothFail(['rev-parse', `--repo=${repo}`, ambiguous], new RegExp(ambiguous));
      bothFail(['checkout', `--repo=${repo}`, ambiguous, scratch.fresh('co')], new RegExp(ambiguous));
    });
  });

  describe('in the tree to commit', () => {
    const entries: readonly (readonly [string, string, RegExp])[] = [
      ['a fifo', 'mkfifo "$0/deep/strange"', /strange/],
      ['a character device', 'mknod "$0/deep/strange" c 1 3', /strange/],
      ['a block device', 'mknod "$0/deep/strange" b 7 0', /strange/],
      ['a socket', `python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$0/deep/strange"`, /strange/],
      ['a name that is not UTF-8', `touch "$0/deep/$(printf 'stra\\377nge')"`, /UTF-8.*stra|stra.*UTF-8/],
      ['a directory name that is not UTF-8', `mkdir "$0/deep/$(printf 'stra\\377nge')"`, /UTF-8.*stra|stra.*UTF-8/],
    ];

    it.each(entries)('%s', (_, script, mention) => {
      const [source, repo] = [scratch.fresh('source'), copyOf('bare-user-only')];
      writeTree(source, dir({ deep: dir({ fine: file('fine\n') }), last: file('x') }));
      runWords(['sh', '-ec', script, source]);
      bothFail(['commit', `--repo=${repo}`, '-b', 'x', source], mention);
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
        const asNobody = (words: readonly string[]): ReturnType<typeof run> => runWords(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...words], { cwd: '/' });
        asNobody([...ostree.words, 'init', `--repo=${repo}`, '--mode=bare-user-only']);
        const args = ['commit', `--repo=${repo}`, '-b', 'x', join(folder, source)];
        expectClearError(asNobody([...coppice.words, ...args]), mention);
        expect(asNobody([...ostree.words, ...args]).status).toBe(1);
      }
    });

    it('a tree that is a file', () => {
      bothFail(['commit', `--repo=${pristine('archive')}`, '-b', 'x', join(tree, 'usr/bin/tool')], /tool/);
    });
  });

  describe('in the repository', () => {
    const damages: readonly (readonly [string, (path: string) => void])[] = [
      ['missing', (path) => { rmSync(path); }],
      ['emptied', (path) => { truncateSync(path, 0); }],
      ['truncated', (path) => { truncateSync(path, Math.max(1, lstatSync(path).size - 3)); }],
      ['grown', (path) => { appendFileSync(path, 'grown'); }],
      ['corrupt', flipMiddle],
      ['replaced by zeros', (path) => { writeFileSync(path, Buffer.alloc(lstatSync(path).size)); }],
      ['replaced by a directory', (path) => { rmSync(path); mkdirSync(path); }],
    ];
    const types: readonly (readonly [string, keyof typeof OBJECTS])[] = [
      ['bare-user', 'file'], ['bare-user-only', 'file'], ['archive', 'filez'], ['archive', 'dirtree'], ['archive', 'dirmeta'], ['archive', 'commit'], ['bare', 'commit'], ['bare', 'dirtree'],
    ];
    const lanes = types.flatMap(([mode, type]) => damages.map(([damage, apply]) => [type, mode, damage, apply] as const));

    it.each(lanes)('a %s object of a %s repository that is %s', (type, mode, damage, apply) => {
      const repo = copyOf(mode);
      const path = victim(repo, type);
      const name = checksumOf(path);
      apply(path);
      const again = scratch.fresh('again');
      runWords(['cp', '-a', repo, again]);
      expectClearError(run(coppice, ['fsck', `--repo=${repo}`]), new RegExp(name));
      expectClearError(run(coppice, ['fsck', `--repo=${again}`, '--all']), new RegExp(name));
      for (const verb of verbs()) {
        const result = run(coppice, [...verb, `--repo=${repo}`]);
        expect([0, 1], `${verb[0] ?? ''}: ${result.stderr}`).toContain(result.status);
        if (result.status === 1) expectClearError(result, SOME_OBJECT);
        if (mustFail(verb, repo)) expect({ verb, damage, status: result.status }).toEqual({ verb, damage, status: 1 });
      }
    });

    const verbs = (): readonly (readonly string[])[] => [
      ['checkout', '-U', '-C', 'main', scratch.fresh('co')],
      ['ls', '-R', 'main'],
      ['cat', 'main', '/usr/bin/tool'],
      ['show', 'main'],
      ['log', 'main'],
      ['commit', '-b', 'y', '--base=main', tree],
    ];

    /** Where ostree fails to read, so must we; a cat that does without a broken dirmeta is no fault. */
    const mustFail = (verb: readonly string[], repo: string): boolean => {
      const args = verb[0] === 'checkout' ? [...verb.slice(0, -1), scratch.fresh('co')] : verb;
      return ['checkout', 'ls', 'show'].includes(verb[0] ?? '') && run(ostree, [...args, `--repo=${repo}`]).status !== 0;
    };

    it.each([
      ['a name that is ..', [['..', 'f']], []],
      ['a name that is .', [['.', 'f']], []],
      ['a name with a slash', [['a/../../escape', 'f']], []],
      ['an absolute name', [['/tmp/escape', 'f']], []],
      ['an empty name', [['', 'f']], []],
      ['unsorted names', [['b', 'f'], ['a', 'f']], []],
      ['a name twice', [['a', 'f'], ['a', 'f']], []],
      ['a directory named ..', [], ['..']],
      ['a directory with a slash', [], ['../escape']],
      ['unsorted directories', [], ['b', 'a']],
      ['a name as file and as directory', [['a', 'f']], ['a']],
    ] as const)('a dirtree with %s', (_, files, directories) => {
      const repo = copyOf('archive');
      const evil = plantDirtree(repo, files.map(([name]) => name), directories);
      const inside = scratch.fresh('jail');
      mkdirSync(inside);
      for (const verb of [['checkout', '-U', evil.commit, join(inside, 'co')], ['checkout', '-U', '--union', evil.commit, join(inside, 'co')], ['ls', '-R', evil.commit], ['fsck']]) {
        const result = run(coppice, [...verb, `--repo=${repo}`]);
        expectClearError(result, new RegExp(`${evil.dirtree}|${evil.dirtree.slice(0, 2)}/${evil.dirtree.slice(2)}`));
      }
      expect(readdirSync(inside).filter((name) => name !== 'co')).toEqual([]);
      expect(existsSync('/tmp/escape')).toBe(false);
    });
  });

  describe('in the destination', () => {
    it.each([['-C'], ['-H'], ['-U']])('a symlink that points out of it is not followed by checkout --union %s', (flag) => {
      const [outside, destination] = [scratch.fresh('outside'), scratch.fresh('co')];
      mkdirSync(outside);
      mkdirSync(destination);
      symlinkSync(outside, join(destination, 'usr'));
      const result = run(coppice, ['checkout', `--repo=${pristine('bare-user-only')}`, '--union', flag, 'main', destination]);
      expectClearError(result, /usr/);
      expect(readdirSync(outside)).toEqual([]);
      expect(lstatSync(join(destination, 'usr')).isSymbolicLink()).toBe(true);
    });

    it('a symlink in the place of a file is replaced, not followed', () => {
      const [outside, destination] = [scratch.fresh('outside'), scratch.fresh('co')];
      writeFileSync(outside, 'untouched');
      mkdirSync(join(destination, 'usr/bin'), { recursive: true });
      symlinkSync(outside, join(destination, 'usr/bin/tool'));
      succeed(coppice, ['checkout', `--repo=${pristine('bare-user-only')}`, '--union', 'main', destination]);
      expect(readFileSync(outside, 'utf8')).toBe('untouched');
      expect(lstatSync(join(destination, 'usr/bin/tool')).isFile()).toBe(true);
    });

    it('a symlink that points out is not followed by --whiteouts', () => {
      const [outside, source, destination, repo] = [scratch.fresh('outside'), scratch.fresh('source'), scratch.fresh('co'), copyOf('bare-user-only')];
      writeTree(outside, dir({ precious: file('p') }));
      writeTree(source, dir({ d: dir({ '.wh.precious': file() }) }));
      mkdirSync(destination);
      symlinkSync(outside, join(destination, 'd'));
      succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'holes', source]);
      expectClearError(run(coppice, ['checkout', `--repo=${repo}`, '--union', '--whiteouts', 'holes', destination]), /\bd\b/);
      expect(existsSync(join(outside, 'precious'))).toBe(true);
    });
  });

  describe('in the place', () => {
    it('a repository that may not be written', () => {
      const repo = scratch.fresh('read-only');
      runWords(['cp', '-a', pristine('bare-user-only'), repo]);
      const words = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...coppice.words, 'commit', `--repo=${repo}`, '-b', 'x', '--owner-uid=0', tree];
      expectClearError(runWords(words, { cwd: '/' }), new RegExp(repo));
      expectSound(repo);
    });
  });

  function victim(repo: string, type: keyof typeof OBJECTS): string {
    if (type === 'commit') return objectPath(repo, succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main']), '.commit');
    if (type === 'file' || type === 'filez') return objectPath(repo, lsChecksums(repo, '/usr/bin/tool')[0] ?? '', OBJECTS[type]);
    const [dirtree, dirmeta] = lsChecksums(repo, '/usr/bin');
    return objectPath(repo, (type === 'dirtree' ? dirtree : dirmeta) ?? '', OBJECTS[type]);
  }
});

function lsChecksums(repo: string, path: string): readonly string[] {
  return succeed(ostree, ['ls', `--repo=${repo}`, '-d', '-C', 'main', path]).match(/[0-9a-f]{64}/g) ?? [];
}

function objectPath(repo: string, checksum: string, extension: string): string {
  return join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}${extension}`);
}

function checksumOf(path: string): string {
  const name = path.split('/').slice(-2).join('');
  return name.slice(0, 64);
}

function flipMiddle(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x55;
  writeFileSync(path, bytes);
}

/** Writes a dirtree whose names no careful program would write, and a commit of it. Returns both checksums. */
function plantDirtree(repo: string, files: readonly string[], directories: readonly string[]): { readonly dirtree: string; readonly commit: string } {
  const [innerTree, dirmeta] = lsChecksums(repo, '/usr/bin').map((checksum) => Buffer.from(checksum, 'hex'));
  const content = Buffer.from(lsChecksums(repo, '/usr/bin/tool')[0] ?? '', 'hex');
  if (innerTree === undefined || dirmeta === undefined) throw new Error('the template has no /usr/bin');
  const fileArray = variantArray(files.map((name) => entry(name, [content])));
  const directoryArray = variantArray(directories.map((name) => entry(name, [innerTree, dirmeta])));
  const dirtree = plant(repo, framed(Buffer.concat([fileArray, directoryArray]), [fileArray.length]), '.dirtree');
  const original = readFileSync(objectPath(repo, succeed(ostree, ['rev-parse', `--repo=${repo}`, 'main']), '.commit'));
  const root = Buffer.from(succeed(ostree, ['ls', `--repo=${repo}`, '-d', '-C', 'main', '/']).match(/[0-9a-f]{64}/)?.[0] ?? '', 'hex');
  const at = original.indexOf(root);
  const commit = plant(repo, Buffer.concat([original.subarray(0, at), Buffer.from(dirtree, 'hex'), original.subarray(at + 32)]), '.commit');
  writeFileSync(join(repo, 'refs/heads/evil'), `${commit}\n`);
  return { dirtree, commit };
}

function plant(repo: string, bytes: Buffer, extension: string): string {
  const checksum = createHash('sha256').update(bytes).digest('hex');
  const path = objectPath(repo, checksum, extension);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return checksum;
}

/** `(say)` or `(sayay)`: name, then checksums, the end offsets of all but the last in reverse. */
function entry(name: string, checksums: readonly Buffer[]): Buffer {
  const named = Buffer.from(`${name}\0`);
  const ends = checksums.map((_, index) => named.length + index * 32);
  return framed(Buffer.concat([named, ...checksums]), ends);
}

function framed(body: Buffer, ends: readonly number[]): Buffer {
  return withOffsets(body, ends.toReversed());
}

function variantArray(elements: readonly Buffer[]): Buffer {
  let end = 0;
  const ends = elements.map((element) => (end += element.length));
  return withOffsets(Buffer.concat(elements), ends);
}

function withOffsets(body: Buffer, offsets: readonly number[]): Buffer {
  const width = body.length + offsets.length < 256 ? 1 : 2;
  const table = Buffer.alloc(offsets.length * width);
  offsets.forEach((offset, index) => table.writeUIntLE(offset, index * width, width));
  return Buffer.concat([body, table]);
}
