import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, compareRepositories, snapshotCheckout, strayFiles } from '../support/compare.ts';
import type { CheckoutSnapshot, RepositoryComparison } from '../support/compare.ts';
import { WRITABLE_MODES } from '../support/main-job.ts';
import { nastyTree } from '../support/nasty-tree.ts';
import { isRealCoppice, ostree, succeed } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, hardlink, symlink, writeTree } from '../support/tree.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Agreement, Command, Twins, World } from '../support/twins.ts';

interface Case {
  readonly title: string;
  readonly commands: readonly Command[];
  /** Modes of the repository; default archive and bare-user. */
  readonly modes?: readonly (typeof WRITABLE_MODES)[number][];
  readonly agreement?: Agreement;
  /** Status of the last command; default 0. */
  readonly status?: number;
}

const STAMP = '--repo=repo --timestamp=@1700000000';
const commit = (words: string, more: Omit<Command, 'args'> = {}): Command => command(`commit ${STAMP} ${words}`, more);
const one = (title: string, words: string, rest: Omit<Case, 'title' | 'commands'> = {}): Case => ({ title, commands: [commit(words)], ...rest });
const broken = (title: string, words: string, rest: Omit<Case, 'title' | 'commands'> = {}): Case => one(title, words, { status: 1, modes: ['archive'], ...rest });

/** The template world: `repo` with the refs main and base, and the trees tree, other, overlay, clash. */
const cases: readonly Case[] = [
  one('-s and -m', '-b x -s subject -m body tree'),
  one('-s and -m with spaces and UTF-8', '-b x --subject=zwei\u00a0Wörter --body=Zeile\nzwei tree'),
  { title: '-F', commands: [shell("printf 'first\\n\\nsecond\\n' > message"), commit('-b x -F message tree')] },
  { title: '-F beside -m', commands: [shell('printf B > message'), commit('-b x -s S -m M -F message tree')] },
  broken('-F of a missing file', '-b x -F absent tree'),
  { title: '-F of what is no text', commands: [shell("printf 'a\\377' > message"), commit('-b x -F message tree')], status: 1, modes: ['archive'], agreement: { mention: /^error: Invalid UTF-8$/m } },
  { title: 'the current directory by default', commands: [command('commit --repo=../repo -b x --timestamp=@5', { cwd: 'tree' })] },
  one('--tree=dir=', '-b x --tree=dir=tree'),
  one('several --tree=dir=, later over earlier', '-b x --tree=dir=tree --tree=dir=overlay --tree=dir=other'),
  one('--tree=ref=', '-b x --tree=ref=base --tree=dir=overlay'),
  one('--tree=ref= alone', '-b x --tree=ref=base'),
  {
    title: '--tree=ref= of permissions that are not canonical',
    commands: [
      shell('ostree init --repo=wide --mode=archive; mkdir -m 0775 loose; echo x > loose/x; chmod 0664 loose/x'),
      shell('ostree commit --repo=wide -b wide --timestamp=@1 --owner-uid=0 --owner-gid=0 --no-xattrs loose; ostree pull-local --repo=repo wide wide'),
      commit('-b x --tree=ref=wide'),
    ],
    modes: ['bare-user-only'],
  },
  ...['--owner-uid=5 --owner-gid=6', '--mode-ro-executables', '--no-xattrs', '--canonical-permissions'].map((flags) =>
    one(`--tree=ref= with ${flags}`, `-b x --table-output ${flags} --tree=ref=base`, { modes: WRITABLE_MODES })),
  one('--tree=ref= and --tree=dir= with modifiers', '-b x --owner-uid=5 --mode-ro-executables --tree=ref=base --tree=dir=overlay', { modes: WRITABLE_MODES }),
  { title: '--tree=ref= with --skip-list and --statoverride', commands: [shell("printf '/modes\n' > skip; printf '+2048 /a\n' > override"), commit('-b x --skip-list=skip --statoverride=override --tree=ref=base')] },
  one('--tree=ref= with --generate-sizes', '-b x --generate-sizes --tree=ref=main', { modes: ['bare', 'bare-user'] }),
  { title: 'a symlink as the directory', commands: [shell('ln -s tree linked'), commit('-b x linked')], status: 1, modes: ['archive'] },
  { title: 'a symlink with a slash as the directory', commands: [shell('ln -s tree linked'), commit('-b x linked/')], modes: ['archive'] },
  one('--base', '-b x --base=base --tree=dir=overlay'),
  one('--base and modifiers', '-b x --base=base --owner-uid=3 --no-xattrs --tree=dir=overlay'),
  broken('a directory over a file', '-b x --tree=dir=tree --tree=dir=clash/dir-over-file'),
  broken('a file over a directory', '-b x --tree=dir=tree --tree=dir=clash/file-over-dir'),
  broken('an unknown tree type', '-b x --tree=foo=tree'),
  broken('a tree without type', '-b x --tree=dir'),
  broken('a tree of an unknown ref', '-b x --tree=ref=absent'),
  broken('a missing directory', '-b x absent'),
  broken('a file as the directory', '-b x tree/a'),
  broken('no branch', 'tree'),
  { title: 'a branch above another', commands: [commit('-b x/y tree'), commit('-b x tree')], status: 1, modes: ['archive'] },
  broken('a bad branch name', '-b bad..//name tree'),
  broken('an unknown option', '-b x --no-such-option tree', { agreement: { sameErrors: false } }),
  one('--owner-uid and --owner-gid', '-b x --owner-uid=5 --owner-gid=6 tree', { modes: WRITABLE_MODES }),
  one('--owner-uid=0 alone', '-b x --owner-uid=0 tree', { modes: WRITABLE_MODES }),
  one('--owner-uid=-1', '-b x --owner-uid=-1 tree'),
  broken('--owner-uid beyond an int32', '-b x --owner-uid=4294967295 tree'),
  one('--canonical-permissions', '-b x --canonical-permissions tree', { modes: WRITABLE_MODES }),
  broken('--canonical-permissions with an owner', '-b x --canonical-permissions --owner-uid=7 tree'),
  one('--mode-ro-executables', '-b x --mode-ro-executables tree', { modes: WRITABLE_MODES }),
  one('--no-xattrs', '-b x --no-xattrs tree', { modes: WRITABLE_MODES }),
  one('all modifiers at once', '-b x --no-xattrs --mode-ro-executables --owner-uid=1 --owner-gid=2 tree'),
  { title: '--statoverride', commands: [shell("printf '+2048 /a\\n=420 /modes/file-4755\\n\\n=448 /modes\\n=0700 /modes/file-644\\n' > override"), commit('-b x --statoverride=override tree')] },
  { title: '--statoverride under --canonical-permissions', commands: [shell("printf '=2541 /a\\n' > override"), commit('-b x --canonical-permissions --statoverride=override tree')] },
  { title: '--statoverride of a missing path', commands: [shell("printf '+2048 /absent\\n' > override"), commit('-b x --statoverride=override tree')], status: 1 },
  { title: '--statoverride without a space', commands: [shell("printf 'junk\\n' > override"), commit('-b x --statoverride=override tree')], status: 1 },
  { title: '--statoverride from a missing file', commands: [commit('-b x --statoverride=absent tree')], status: 1 },
  { title: '--skip-list', commands: [shell("printf '/a\\n/modes\\n' > skip"), commit('-b x --skip-list=skip tree')] },
  { title: '--statoverride that adds and sets', commands: [shell("printf '=448 /a\n+1 /a\n' > override"), commit('-b x --statoverride=override tree')] },
  { title: '--statoverride that adds to directories', commands: [shell("printf '+1024 /modes\n+16 /\n' > override"), commit('-b x --statoverride=override tree')] },
  { title: '--statoverride that adds to a directory and sets it', commands: [shell("printf '+16 /modes\n=448 /modes\n' > override"), commit('-b x --statoverride=override tree')] },
  { title: '--statoverride that adds to a directory of a commit', commands: [shell("printf '+1024 /modes\n' > override"), commit('-b x --statoverride=override --tree=ref=base')] },
  { title: '--statoverride that adds to a directory over a commit', commands: [shell("printf '+1024 /modes\n' > override"), commit('-b x --statoverride=override --tree=ref=base --tree=dir=tree')] },
  { title: '--statoverride of a skipped path', commands: [shell("printf '/a\n' > skip; printf '+1 /a\n' > override"), commit('-b x --skip-list=skip --statoverride=override tree')] },
  { title: '--skip-list of everything', commands: [shell("printf '/\n' > skip"), commit('-b x --skip-list=skip tree')], status: 1, modes: ['archive'] },
  { title: '--skip-list of a missing path', commands: [shell("printf '/absent\\n' > skip"), commit('-b x --skip-list=skip tree')], status: 1 },
  one('--table-output', '-b x --table-output tree', { modes: WRITABLE_MODES }),
  { title: '--table-output when nothing is new', commands: [commit('-b x --table-output tree'), commit('-b x --table-output tree')] },
  one('--generate-sizes, ignored', '-b x --generate-sizes tree', { modes: ['bare', 'bare-user', 'bare-user-only'] }),
  one('--bind-ref', '-b x --bind-ref=zz --bind-ref=aa tree'),
  one('--no-bindings', '-b x --no-bindings tree'),
  one('--orphan', '--orphan tree'),
  one('--orphan with --bind-ref', '--orphan --bind-ref=b --bind-ref=a tree'),
  one('--orphan with -b', '--orphan -b x tree'),
  one('--orphan with -b of a branch that is there', '--orphan -b main tree'),
  { title: '--skip-if-unchanged when unchanged', commands: [commit('-b x tree'), commit('-b x --skip-if-unchanged -s new tree')] },
  { title: '--skip-if-unchanged when changed', commands: [commit('-b x tree'), commit('-b x --skip-if-unchanged other')] },
  { title: '--skip-if-unchanged with a new mode of the root', commands: [commit('-b x tree'), shell('chmod 700 tree'), commit('-b x --skip-if-unchanged tree')] },
  one('--add-metadata-string', '-b x --add-metadata-string=version=1.2 --add-metadata-string=a=b=c --add-metadata-string=empty= tree'),
  broken('--add-metadata-string without a key', '-b x --add-metadata-string==v tree'),
  broken('--add-metadata without a key', '-b x --add-metadata==1 tree'),
  one('--add-detached-metadata-string without a key', '-b x --add-detached-metadata-string==v tree', { modes: ['archive'] }),
  broken('--add-metadata-string without =', '-b x --add-metadata-string=novalue tree'),
  { title: '--add-metadata', commands: [{ args: ['commit', ...STAMP.split(' '), '-b', 'y', '--add-metadata=n=uint64 42', "--add-metadata=s='text'", '--add-metadata=l=[1, 2, 3]', "--add-metadata=d={'k': <true>, 'j': <@as []>}", '--add-metadata=b=byte 0x10', "--add-metadata=y=b'bytes'", '--add-metadata=t=(1, 2.5, -3)', 'tree'] }], modes: ['archive'] },
  { title: 'the order of all metadata', commands: [{ args: ['commit', ...STAMP.split(' '), '-b', 'main', '--bind-ref=z', '--add-metadata=v=uint32 1', '--keep-metadata=kept', '--add-metadata-string=s=1', 'tree'] }] },
  broken('--add-metadata that is no GVariant text', '-b x --add-metadata=k=[1,,2] tree', { agreement: { sameErrors: false } }),
  one('--keep-metadata', '-b main --keep-metadata=kept tree'),
  broken('--keep-metadata of a missing key', '-b main --keep-metadata=absent tree'),
  broken('--keep-metadata without parent', '--orphan --keep-metadata=kept tree'),
  broken('--keep-metadata without parent, from nowhere', '-b fresh --keep-metadata=kept absent'),
  broken('--parent of 64 characters that are no checksum', `--parent=${'o'.repeat(64)} -b x tree`),
  one('--add-detached-metadata-string', '-b x --add-detached-metadata-string=k=v --add-detached-metadata-string=a=b tree'),
  one('a parent by default', '-b main tree'),
  one('--parent=none', '-b main --parent=none tree'),
  one('--parent with a checksum', `-b main --parent=${'0'.repeat(64)} tree`),
  broken('--parent with a ref', '-b x --parent=main tree'),
  { title: '--timestamp in other notations', commands: [
    { args: ['commit', '--repo=repo', '-b', 'a', '--timestamp=2005-10-29 12:43:29 +0000', 'tree'] },
    { args: ['commit', '--repo=repo', '-b', 'b', '--timestamp=October 25 1985', 'tree'] },
    { args: ['commit', '--repo=repo', '-b', 'c', '--timestamp=2020-01-01T00:00:00Z', 'tree'] },
    { args: ['commit', '--repo=repo', '-b', 'd', '--timestamp=@-5', 'tree'] },
    { args: ['commit', '--repo=repo', '-b', 'e', '--timestamp=@0', 'tree'] },
  ], modes: ['archive'] },
  { title: '--timestamp that is no date', commands: [command('commit --repo=repo -b x --timestamp=junk tree')], status: 1, modes: ['archive'] },
  { title: 'SOURCE_DATE_EPOCH', commands: [command('commit --repo=repo -b x tree', { env: { SOURCE_DATE_EPOCH: '77' } })], modes: ['archive'] },
  { title: '--timestamp over SOURCE_DATE_EPOCH', commands: [commit('-b x tree', { env: { SOURCE_DATE_EPOCH: '77' } })], modes: ['archive'] },
  ...['abc', '', '99999999999999999999', '9223372036854775808'].map((epoch): Case => ({
    title: `SOURCE_DATE_EPOCH=${JSON.stringify(epoch)}`,
    commands: [command('commit --repo=repo -b x tree', { env: { SOURCE_DATE_EPOCH: epoch } })],
    status: 1,
    modes: ['archive'],
  })),
  ...['0', '1', 'no', 'yes', 'false', 'true'].map((value) => one(`--fsync=${value}`, `-b x --fsync=${value} tree`, { modes: ['bare-user'] })),
  broken('--fsync=bogus', '-b x --fsync=bogus tree'),
  { title: 'core.fsync=false and per-object-fsync', commands: [shell('printf "fsync=false\\n" >> repo/config'), commit('-b x tree'), shell('printf "per-object-fsync=true\\n" >> repo/config'), commit('-b y other')] },
  { title: 'umask 077', commands: [commit('-b x tree', { umask: 0o077 })], modes: WRITABLE_MODES },
  { title: 'umask 0', commands: [commit('-b x tree', { umask: 0 })], modes: WRITABLE_MODES },
  { title: 'archive.zlib-level', commands: [shell('printf "[archive]\\nzlib-level=1\\n" >> repo/config'), commit('-b x tree')], modes: ['archive'] },
  { title: 'a repository with a parent', commands: [shell('cp -a repo parent; rm -r repo; ostree init --repo=repo --mode=bare-user; printf "parent=parent\\n" >> repo/config'), commit('-b x source-of-main'), commit('-b y tree')], modes: ['bare-user'] },
  { title: 'options before the word and after the directory', commands: [command('--repo=repo --timestamp=@5 commit tree -b x -s late')], modes: ['archive'] },
  { title: 'OSTREE_REPO', commands: [command('commit -b x --timestamp=@5 tree', { env: { OSTREE_REPO: 'repo' } })], modes: ['archive'] },
];

/** An editor that writes what $MESSAGE says. */
const edited = (title: string, message: string, words = '-b x', status = 0): Case => ({
  title: `--editor, ${title}`,
  commands: [
    shell(`printf '#!/bin/sh\\ncat "$1"; printf "$MESSAGE" > "$1"\\n' > editor; chmod +x editor`),
    commit(`-e ${words} tree`, { env: { EDITOR: './editor', MESSAGE: message } }),
  ],
  modes: ['archive'],
  status,
});

const editing: readonly Case[] = [
  edited('subject and body', 'subject\\n\\nbody\\n# no comment\\nmore  \\n\\n'),
  edited('beside -s and -m', '\\n# x\\n  other\\nbody', '-b x -s subject -m body'),
  edited('without branch', 'subject', '--orphan'),
  edited('nothing written', '# only this\\n\\n', '-b x', 1),
  edited('a text that is not UTF-8', '\\377', '-b x', 1),
  { title: '--editor that fails', commands: [commit('-b x -e tree', { env: { VISUAL: 'exit 3;', EDITOR: 'true' } })], status: 1, modes: ['archive'] },
  { title: '--editor that dies', commands: [commit('-b x -e tree', { env: { OSTREE_EDITOR: 'kill -9 $$;' } })], status: 1, modes: ['archive'] },
  { title: '--editor without one', commands: [commit('-b x -e tree', { env: { TERM: 'dumb', EDITOR: undefined, VISUAL: undefined, OSTREE_EDITOR: undefined } })], status: 1, modes: ['archive'] },
];

const consuming: readonly Case[] = [
  { title: '--consume with --skip-list', commands: [shell("printf '/a\\n/modes\\n' > skip"), commit('-b x --consume --skip-list=skip tree')], modes: ['archive', 'bare-user'] },
  { title: '--consume', commands: [commit('-b x --consume tree')], modes: WRITABLE_MODES },
  { title: '--consume of --tree=dir=', commands: [commit('-b x --consume --tree=dir=tree --tree=dir=other')], modes: WRITABLE_MODES },
  { title: '--consume with modifiers', commands: [commit('-b x --consume --owner-uid=9 --mode-ro-executables tree')], modes: WRITABLE_MODES },
  { title: '--consume of content that is there already', commands: [commit('-b y tree'), commit('-b x --consume tree')], modes: WRITABLE_MODES },
  { title: '--consume of the current directory', commands: [command('commit --repo=../repo -b x --consume --timestamp=@5', { cwd: 'tree' })], modes: WRITABLE_MODES },
];

/** What fsck does with commits that lack objects; both worlds get it from ostree. */
const MARK_PARTIAL = 'ostree fsck --repo=repo --all >/dev/null 2>&1 || true';

/** A second commit of the same directory, where anything remembered of the first must not show. */
const again: readonly Case[] = [
  ...['--owner-uid=5', '--no-xattrs', '--canonical-permissions', '--mode-ro-executables'].flatMap((flags): Case[] => [
    { title: `a plain commit, then ${flags}`, commands: [commit('-b x tree'), commit(`-b y --table-output ${flags} tree`)] },
    { title: `${flags}, then a plain commit`, commands: [commit(`-b x ${flags} tree`), commit('-b y --table-output tree')] },
  ]),
  { title: 'a plain commit, then --statoverride', commands: [commit('-b x tree'), shell("printf '+1024 /a\\n=448 /modes\\n' > override"), commit('-b y --statoverride=override tree')] },
  { title: 'a plain commit, then --skip-list', commands: [commit('-b x tree'), shell("printf '/a\\n/modes\\n' > skip"), commit('-b y --skip-list=skip tree')] },
  { title: 'a plain commit, then --consume', commands: [commit('-b x tree'), commit('-b y --consume tree'), shell('test ! -e tree')] },
  { title: 'pruned in between', commands: [commit('-b x other'), shell('ostree refs --repo=repo --delete x; ostree prune --repo=repo --refs-only >/dev/null'), commit('-b x --table-output other')], modes: WRITABLE_MODES },
  { title: 'all objects gone in between', commands: [commit('-b x other'), shell("rm repo/refs/heads/*; find repo/objects -mindepth 1 -delete"), commit('-b x --table-output other')], modes: WRITABLE_MODES },
  { title: 'content objects found missing in between', commands: [commit('-b x tree'), shell(`find repo/objects -name '[0-5]*.file*' -delete; ${MARK_PARTIAL}`), commit('-b x --table-output tree')], modes: WRITABLE_MODES },
  { title: 'dirtrees found missing in between', commands: [commit('-b x tree'), shell(`find repo/objects -name '[0-9]*.dirtree' -delete; ${MARK_PARTIAL}`), commit('-b x --table-output tree')], modes: WRITABLE_MODES },
  { title: 'a commit of a subdirectory, then of the whole', commands: [commit('-b x tree/modes'), commit('-b y --table-output tree'), commit('-b x --table-output tree/modes')] },
  { title: 'another name for the directory', commands: [commit('-b x tree'), shell('mv tree moved'), commit('-b x --table-output moved')] },
  { title: 'another directory under the same name', commands: [commit('-b x tree'), shell('mv tree moved; cp -a overlay tree'), commit('-b x --table-output tree')] },
];

const checkoutThenCommit = (checkoutFlags: string, commitFlags: string, change = ''): Case => ({
  title: `checkout ${checkoutFlags} ${change === '' ? '' : `, ${change} `}then commit ${commitFlags}`,
  commands: [command(`checkout --repo=repo ${checkoutFlags} base work`), shell(change === '' ? 'true' : change), commit(`-b x --table-output ${commitFlags} work`)],
  modes: WRITABLE_MODES,
});

const relinked: readonly Case[] = ['--link-checkout-speedup', '-I', '-I --owner-uid=9', '-I --canonical-permissions', '--link-checkout-speedup --no-xattrs', '--link-checkout-speedup --mode-ro-executables'].flatMap((flags) => [
  checkoutThenCommit('', flags),
  checkoutThenCommit('-U', flags),
  checkoutThenCommit('-U', flags, 'echo new > work/new; rm work/a; echo changed > work/a'),
]);

describeWith([needs.referee, needs.root, needs.native], 'commit', () => {
  const scratch = new Scratch('commit');
  const templates = new Map<string, string>();

  beforeAll(() => {
    for (const mode of WRITABLE_MODES) templates.set(mode, writeTemplate(scratch, mode));
  });

  const twinsFor = (mode: string): Twins => makeTwins(scratch, templates.get(mode) ?? '');
  const expand = (all: readonly Case[]): readonly (readonly [string, string, Case])[] =>
    all.flatMap((each) => (each.modes ?? ['archive', 'bare-user']).map((mode) => [each.title, mode, each] as const));

  describe('does as ostree does', () => {
    it.each(expand([...cases, ...editing, ...again, ...relinked]))('%s, in %s', (_, mode, { commands, agreement, status = 0 }) => {
      const twins = twinsFor(mode);
      expect(runInBoth(twins, commands, agreement).status).toBe(status);
      expectSameRepositories(twins);
    });
  });

  describe('lists the sizes of objects', () => {
    it.each([
      ['that are new', []],
      ['that are there already', [commit('-b y tree')]],
    ] as const)('%s', (_, before) => {
      const { ours, theirs } = twinsFor('archive');
      for (const world of [ours, theirs]) for (const step of [...before, commit('-b x --generate-sizes tree')]) succeed(world.program, step.args, { cwd: world.path });
      expect(sizesOf(inWorld(ours, 'repo'))).toEqual(sizesOf(inWorld(theirs, 'repo')));
      expect(compareRepositories(inWorld(ours, 'repo'), inWorld(theirs, 'repo')).filter((line) => !/\.commit"|refs\/heads\/x/.test(line))).toEqual([]);
    });
  });

  describe('consumes as ostree does', () => {
    it.each(expand(consuming))('%s, in %s', (_, mode, { commands, agreement, status = 0 }) => {
      const twins = twinsFor(mode);
      expect(runInBoth(twins, commands, agreement).status).toBe(status);
      expectSameRepositories(twins, { adopted: true });
      const rest = (world: World): CheckoutSnapshot => snapshotCheckout(world.path, undefined, 'repo');
      expect(compareCheckouts(rest(twins.ours), rest(twins.theirs))).toEqual([]);
    });

    it.each(['bare', 'bare-user-only'])('moving inodes into the store, in %s', (mode) => {
      const twins = twinsFor(mode);
      const prepare = shell('echo unique > tree/unique; stat -c %i tree/unique > number');
      const find = shell('find repo/objects -inum $(cat number) | wc -l');
      expect(runInBoth(twins, [prepare, commit('-b x --consume tree'), find]).stdout.trim()).toBe('1');
    });
  });
});

function expectSameRepositories({ ours, theirs }: Twins, options: RepositoryComparison = {}): void {
  expect(compareRepositories(inWorld(ours, 'repo'), inWorld(theirs, 'repo'), options)).toEqual([]);
  if (isRealCoppice) expect(strayFiles(inWorld(ours, 'repo'))).toEqual([]);
}

/** The entries of ostree.sizes in order. The archived size is checked against the object's own: another deflate stream has another length. */
function sizesOf(repo: string): readonly string[] {
  const raw = succeed(ostree, ['show', `--repo=${repo}`, '--raw', 'x']);
  const list = /'ostree\.sizes': <\[(\[.*?\])\]>/.exec(raw)?.[1] ?? '';
  const entries = [...list.matchAll(/\[(?:byte )?([^\]]*)\]/g)].map((match) => Buffer.from((match[1] ?? '').replaceAll(/0x|, |byte /g, ''), 'hex'));
  return entries.map((entry) => describeSize(repo, entry));
}

function describeSize(repo: string, entry: Buffer): string {
  const checksum = entry.subarray(0, 32).toString('hex');
  const [archived, afterArchived] = readVarint(entry, 32);
  const [unpacked, afterUnpacked] = readVarint(entry, afterArchived);
  const type = entry[afterUnpacked] ?? 0;
  const extension = ['', 'filez', 'dirtree', 'dirmeta'][type] ?? 'unknown';
  const onDisk = statSync(join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.${extension}`)).size;
  return `${checksum}.${extension} unpacked ${unpacked} archived ${archived === onDisk ? 'as on disk' : `${archived}, on disk ${onDisk}`}`;
}

function readVarint(bytes: Buffer, offset: number): [value: number, end: number] {
  let value = 0;
  for (let index = offset, scale = 1; ; index += 1, scale *= 128) {
    const byte = bytes[index] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, index + 1];
  }
}

/** Everything a case may name. Refs are made by ostree, so that both worlds begin equal. */
function writeTemplate(scratch: Scratch, mode: string): string {
  const path = scratch.fresh(`template-${mode}`);
  mkdirSync(path);
  writeTree(join(path, 'tree'), dir({ ...nastyTree({ sparseBytes: 100_000, crowd: 30 }).entries, a: file('a\n', { xattrs: { 'user.a': '1' } }), 'a-hardlink': hardlink('a') }));
  writeTree(join(path, 'other'), dir({ a: file('another a\n'), only: dir({ here: file('x') }, { mode: 0o711 }) }, { mode: 0o750 }));
  writeTree(join(path, 'overlay'), dir({ modes: dir({ added: file('added\n', { mode: 0o4755 }) }, { mode: 0o700, xattrs: { 'user.d': '1' } }), link: symlink('a') }));
  writeTree(join(path, 'source-of-main'), dir({ f: file('f\n'), g: file('g\n', { uid: 4 }), l: symlink('f') }));
  writeTree(join(path, 'clash'), dir({ 'dir-over-file': dir({ a: dir() }), 'file-over-dir': dir({ modes: file() }) }));
  const repo = join(path, 'repo');
  succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
  appendFileSync(join(repo, 'config'), 'min-free-space-percent=0\n');
  succeed(ostree, ['commit', `--repo=${repo}`, '-b', 'main', '--timestamp=@1', '--add-metadata-string=kept=yes', join(path, 'source-of-main')]);
  succeed(ostree, ['commit', `--repo=${repo}`, '-b', 'base', '--timestamp=@2', join(path, 'tree')]);
  writeFileSync(join(path, 'marker'), mode);
  return path;
}
