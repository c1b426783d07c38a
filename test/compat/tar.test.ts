import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { XzStreamExtent } from '../../src/format/xz/stream-extent.ts';
import { needsDebian, writeDebianTree } from '../support/debian-tree.ts';
import { coppice, ostree, run, runWords, succeed, succeedWords } from '../support/program.ts';
import type { Finished, Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const TABLE = fileURLToPath(new URL('../support/tar-table.py', import.meta.url));

const scratch = new Scratch('tar');
const archives = join(scratch.path, 'archives');
const repo = (program: Program): string => join(scratch.path, program.name);

beforeAll(() => {
  if (!needs.referee.isMet()) return;
  succeedWords(['mkdir', '-p', archives]);
  succeedWords(['python3', TABLE, archives]);
  for (const program of [ostree, coppice]) succeed(ostree, ['init', `--repo=${repo(program)}`, '--mode=bare-user']);
});

function commit(program: Program, words: readonly string[], input?: Buffer): Finished {
  const args = [`--repo=${repo(program)}`, 'commit', '--orphan', '-s', 'x', '--timestamp=@0', ...words];
  return run(program, args, { cwd: scratch.path, ...(input === undefined ? {} : { input: input.toString('latin1') }) });
}

function expectSame(words: readonly string[]): Finished {
  const [theirs, ours] = [commit(ostree, words), commit(coppice, words)];
  const told = ({ status, stdout, stderr }: Finished): unknown => ({ status, stdout, stderr: stderr.replace(/^hint: .*\n/gm, '') });
  expect(told(ours), words.join(' ')).toEqual(told(theirs));
  return ours;
}

describeWith([needs.referee, needs.native], 'commit --tree=tar=', () => {
  it('gives the commit or the error that ostree gives, for every archive of the table', () => {
    const names = readdirSync(archives).toSorted();
    const statuses = names.map((name) => expectSame([`--tree=tar=archives/${name}`]).status);
    expect(names.length).toBeGreaterThan(60);
    expect(new Set(statuses)).toEqual(new Set([0, 1]));
  });

  it.each(['plain', 'no-root', 'no-parent', 'only-file', 'empty', 'hardlinks', 'fifo-without-parent', 'root-last', 'xattrs'])(
    'makes parents with --tar-autocreate-parents: %s',
    (name) => void expectSame([`--tree=tar=archives/${name}.tar`, '--tar-autocreate-parents', '--owner-uid=9']),
  );

  it.each(['^a,b', '^a/,b/', '(?<n>f),y\\g<n>', 'f,q,r', '^\\./,', '^,Z', 'f,../q', 'f', '[[:alpha:]],q', 'f,/x'])(
    'translates paths: --tar-pathname-filter=%s',
    (filter) => {
      for (const name of ['plain', 'hardlinks', 'root-owner']) expectSame([`--tree=tar=archives/${name}.tar`, `--tar-pathname-filter=${filter}`]);
    },
  );

  it.each<[string, string, string]>([
    ['skips a file', 'skip-list', '/a/f'],
    ['skips a directory that is needed', 'skip-list', '/a'],
    ['skips the root', 'skip-list', '/'],
    ['tells of what was not skipped', 'skip-list', '/nope'],
    ['adds permissions', 'statoverride', '2048 /a/f'],
    ['sets permissions', 'statoverride', '=448 /a'],
  ])('%s', (_, option, rule) => {
    succeedWords(['sh', '-c', `echo '${rule}' > '${join(scratch.path, 'rules')}'`]);
    for (const name of ['plain', 'hardlinks']) expectSame([`--tree=tar=archives/${name}.tar`, `--${option}=rules`]);
  });

  it('applies a rule to the first entry of a path only', () => {
    succeedWords(['sh', '-c', `cd '${scratch.path}' && echo /f > rules && echo '2048 /f' > more`]);
    for (const option of ['--skip-list=rules', '--statoverride=more']) expectSame(['--tree=tar=archives/duplicate-file.tar', option]);
  });

  it.each(['--canonical-permissions', '--no-xattrs', '--mode-ro-executables', '--table-output', '--owner-uid=7'])('obeys %s', (option) => {
    for (const name of ['xattrs', 'modes', 'plain']) expectSame([`--tree=tar=archives/${name}.tar`, option]);
  });

  it('is laid over other trees, and they over it', () => {
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && mkdir -p dir/a/sub && echo q > dir/a/q && ln -s w dir/lnk && chmod 700 dir`]);
    for (const program of [ostree, coppice]) succeed(ostree, [`--repo=${repo(program)}`, 'commit', '-b', 'base', '--timestamp=@0', join(scratch.path, 'dir')]);
    const [plain, bare] = ['--tree=tar=archives/plain.tar', '--tree=tar=archives/only-file.tar'];
    for (const trees of [['--tree=dir=dir', plain], [plain, '--tree=dir=dir'], ['--tree=dir=dir', bare], ['--base=base', bare], ['--tree=ref=base', plain, bare]]) {
      expectSame(trees);
    }
  });

  it('reads gzip, of files and from the standard input', () => {
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && gzip -kc archives/many.tar > many.gz && gzip -kc many.gz > twice.gz && head -c 4000 many.gz > cut.gz`]);
    const plain = expectSame(['--tree=tar=archives/many.tar']).stdout;
    for (const name of ['many.gz', 'twice.gz']) expect(expectSame([`--tree=tar=${name}`]).stdout).toBe(plain);
    expect(commit(coppice, ['--tree=tar=cut.gz'])).toMatchObject({ status: 1, stderr: expect.stringContaining('truncated gzip input') });
    const words = [...coppice.words, `--repo=${repo(coppice)}`, 'commit', '--orphan', '-s', 'x', '--timestamp=@0', '--tree=tar=-'];
    const piped = runWords(['sh', '-c', `cat '${join(scratch.path, 'many.gz')}' | ${words.join(' ')}`]);
    expect(piped.stdout).toBe(plain);
  });

  const COMPRESSIONS = [
    'xz', 'xz -0 -C crc32', 'xz -9e', 'xz -T2 --block-size=64KiB', 'xz -C none', 'zstd -q', 'zstd -q -19', 'zstd -q --long=27 --no-check', 'bzip2', 'bzip2 -1',
  ];

  it.each(COMPRESSIONS)('reads %s, of files whatever their name and from the standard input', (words) => {
    const plain = expectSame(['--tree=tar=archives/many.tar']).stdout;
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && ${words} -c archives/many.tar > many.packed && gzip -c many.packed > twice.packed`]);
    for (const name of ['many.packed', 'twice.packed']) expect(expectSame([`--tree=tar=${name}`]).stdout).toBe(plain);
    const ours = [...coppice.words, `--repo=${repo(coppice)}`, 'commit', '--orphan', '-s', 'x', '--timestamp=@0', '--tree=tar=-'];
    expect(runWords(['sh', '-c', `(head -c 1000; sleep 0.1; cat) < '${join(scratch.path, 'many.packed')}' | ${ours.join(' ')}`]).stdout).toBe(plain);
  });

  it.each(['gzip', 'xz', 'zstd -q', 'bzip2'])('reads archives in several streams of %s, and refuses damaged ones', (words) => {
    const plain = expectSame(['--tree=tar=archives/many.tar']).stdout;
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && (head -c 3000 archives/many.tar | ${words} -c; tail -c +3001 archives/many.tar | ${words} -c) > two.packed`]);
    expect(expectSame(['--tree=tar=two.packed']).stdout).toBe(plain);
    const whole = readFileSync(join(scratch.path, 'two.packed'));
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1] = (whole[whole.length >> 1] ?? 0) ^ 4;
    for (const bytes of [whole.subarray(0, -3), whole.subarray(0, whole.length >> 1), damaged, Buffer.concat([whole, Buffer.from('rubbish')])]) {
      writeFileSync(join(scratch.path, 'bad.packed'), bytes);
      expect(commit(coppice, ['--tree=tar=bad.packed'])).toMatchObject({ status: 1, stdout: '' });
    }
  });

  it.each([
    ['xz --lzma2=dict=128MiB', 'a dictionary of more than 64 MiB'],
    ['zstd -q --ultra -22 --long=30', 'wants a window of 1073741824 bytes'],
  ])('refuses the memory that %s wants', (words, message) => {
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && ${words} -c < archives/many.tar > large.packed`]);
    expect(commit(coppice, ['--tree=tar=large.packed'])).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
  });

  it.each(['-0 -C crc32', '-9e -C none', '-C sha256', '--block-size=20KiB', '-T2 --block-size=20KiB', '--x86 --lzma2', '--block-size=300'])('finds how far a stream of xz %s reaches', (words) => {
    const noise = Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at % 7 === 0 ? 0 : Math.imul(at * at, 2_654_435_761) >>> 24)));
    for (const input of [noise, Buffer.alloc(100_000, 'text '), execFileSync('xz', ['-c'], { input: noise }), Buffer.alloc(0)]) {
      const stream = execFileSync('xz', ['-c', ...words.split(' ')], { input, maxBuffer: 2 ** 24 });
      const extent = new XzStreamExtent();
      expect(extent.take(Buffer.concat([stream, stream]))).toBe(stream.length);
      expect(extent.isOver).toBe(true);
    }
  });

  it('is not misled by an xz stream that lies as it is in another', () => {
    const inner = `head -c 3000 /dev/urandom > noise && xz -kc noise > noise.xz && tar cf noise.tar noise.xz && head -c 1500 /dev/urandom >> noise.tar`;
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && ${inner} && xz -c noise.tar > outer.packed && cat outer.packed outer.packed > twice.packed`]);
    const plain = commit(coppice, ['--tree=tar=noise.tar']);
    for (const name of ['outer.packed', 'twice.packed']) expect(commit(coppice, [`--tree=tar=${name}`])).toEqual(plain);
  });

  it('refuses xz inside xz with a hint', () => {
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && xz -c archives/many.tar | gzip | xz -c > twice.packed`]);
    expect(commit(coppice, ['--tree=tar=twice.packed'])).toMatchObject({ status: 1, stderr: expect.stringMatching(/does not read xz inside xz yet\n(.|\n)*xz -dc FILE/) });
  });

  it.each(['lz4', 'lzip'])('refuses %s with a hint', (program) => {
    const magic = { lz4: '04224d18', lzip: '4c5a4950' }[program] ?? '';
    writeFileSync(join(scratch.path, 'refused.packed'), Buffer.from(`${magic}${'00'.repeat(40)}`, 'hex'));
    expect(commit(coppice, ['--tree=tar=refused.packed'])).toMatchObject({ status: 1, stderr: expect.stringContaining(`${program} -dc FILE`) });
  });

  it.each(['absent.tar', 'archives'])('says that it cannot read %s', (name) => void expectSame([`--tree=tar=${name}`]));

  it('refuses what ostree crashes on, and follows chains of hardlinks', () => {
    const build = [
      "import io, sys, tarfile",
      "def make(name, *entries):",
      "    with tarfile.open(f'{sys.argv[1]}/{name}', 'w') as t:",
      "        for n, k, l in (('.', b'5', ''), *entries):",
      "            i = tarfile.TarInfo(n); i.type, i.linkname, i.mode = k, l, 0o755; t.addfile(i)",
      "make('directory-over-file', ('a', b'0', ''), ('a', b'5', ''))",
      "make('link-uplink', ('a', b'1', '../x'))",
      "make('no-name', ('', b'0', ''))",
      "make('no-target', ('s', b'2', ''))",
      "make('chain', ('k', b'1', 'g'), ('g', b'1', 'f'), ('f', b'0', ''))",
    ];
    succeedWords(['python3', '-c', build.join('\n'), scratch.path]);
    const said = (name: string): Finished => commit(coppice, [`--tree=tar=${name}`]);
    expect(said('directory-over-file').stderr).toContain("Can't replace file with directory: a");
    expect(said('link-uplink').stderr).toContain("Invalid uplink '..' in path ../x");
    expect(said('no-name').stderr).toContain('empty file name');
    expect(said('no-target').stderr).toContain('symlink target is empty');
    expect(said('chain').status).toBe(0);
  });

  it('leaves repositories that ostree finds sound', () => {
    expect(run(ostree, [`--repo=${repo(coppice)}`, 'fsck']).status).toBe(0);
  });
});

describeWith([needs.referee, needs.native], 'export', () => {
  const exportTo = (program: Program, words: readonly string[]): string => {
    const line = [...program.words, `--repo=${repo(coppice)}`, 'export', ...words].map((word) => `'${word}'`).join(' ');
    return runWords(['sh', '-c', `${line} | sha256sum; echo "$?"`], { cwd: scratch.path }).stdout;
  };

  beforeAll(() => {
    for (const name of ['many', 'long-gnu', 'owners-gnu', 'modes', 'large', 'xattrs', 'hardlinks']) {
      succeed(coppice, [`--repo=${repo(coppice)}`, 'commit', '-b', name, '--timestamp=@1700000000', `--tree=tar=${archives}/${name}.tar`]);
    }
    succeed(coppice, [`--repo=${repo(coppice)}`, 'commit', '-b', 'far', '--timestamp=@99999999999', `--tree=tar=${archives}/plain.tar`]);
  });

  it.each(['many', 'long-gnu', 'owners-gnu', 'modes', 'large', 'xattrs', 'hardlinks', 'far'])('writes the bytes of ostree: %s', (ref) => {
    expect(exportTo(coppice, [ref])).toBe(exportTo(ostree, [ref]));
  });

  it.each([['--subpath=/d1'], ['--subpath=d1'], ['--prefix=foo'], ['--prefix=/foo/', '--subpath=/d2'], ['--no-xattrs']])('obeys %s %s', (...words) => {
    expect(exportTo(coppice, ['many', ...words])).toBe(exportTo(ostree, ['many', ...words]));
  });

  it('writes to a file, without the padding', () => {
    for (const program of [ostree, coppice]) succeed(program, [`--repo=${repo(coppice)}`, 'export', 'many', '-o', join(scratch.path, `${program.name}.tar`)]);
    succeedWords(['cmp', join(scratch.path, 'ostree.tar'), join(scratch.path, 'coppice.tar')]);
  });

  it.each([[], ['nope'], ['many', '--subpath=/nope'], ['many', '-o', '/nope/x']])('fails as ostree does: %s %s %s', (...words) => {
    const [theirs, ours] = [ostree, coppice].map((program) => run(program, [`--repo=${repo(coppice)}`, 'export', ...words]));
    expect(ours?.status).toBe(theirs?.status);
    const last = (result: Finished | undefined): string => result?.stderr.replace(/^hint: .*\n/gm, '').trim().split('\n').at(-1) ?? '';
    expect(last(ours)).toBe(last(theirs));
  });

  it('ends without a word when its reader goes', () => {
    const line = [...coppice.words, `--repo=${repo(coppice)}`, 'export', 'large'].join(' ');
    expect(runWords(['sh', '-c', `${line} | head -c 100 > /dev/null`])).toMatchObject({ status: 0, stderr: '' });
  });
});

describeWith([needs.referee, needs.native, needsDebian], 'a Debian root as an archive', () => {
  const path = join(scratch.path, 'debian');

  it('gives the same commit from both, and comes out the same', () => {
    writeDebianTree(path);
    succeedWords(['sh', '-ec', `cd '${scratch.path}' && tar -C debian --xattrs --xattrs-include='*' --format=pax --numeric-owner -cf debian.tar .`]);
    const commit = expectSame(['--tree=tar=debian.tar']).stdout.trim();
    const sums = [ostree, coppice].map((program) => runWords(['sh', '-c', `${program.words.join(' ')} --repo='${repo(coppice)}' export ${commit} | sha256sum`]).stdout);
    expect(sums[1]).toBe(sums[0]);
  });
});
