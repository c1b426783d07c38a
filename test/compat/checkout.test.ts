import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, snapshotCheckout } from '../support/compare.ts';
import type { CheckoutSnapshot } from '../support/compare.ts';
import { WRITABLE_MODES } from '../support/main-job.ts';
import { nastyTree } from '../support/nasty-tree.ts';
import { ostree, succeed } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Agreement, Command, World } from '../support/twins.ts';

type Mode = (typeof WRITABLE_MODES)[number];

interface Case {
  readonly title: string;
  readonly commands: readonly Command[];
  /** Default: all four. */
  readonly modes?: readonly Mode[];
  readonly agreement?: Agreement;
  /** Status of the last command; default 0. */
  readonly status?: number;
  readonly umask?: number;
  /** After a failure the two may have come to different points of the tree. */
  readonly partial?: boolean;
}
/** ostree names what it could not make without its path, or by the object; ours says the path. */
const naming = (path: string): Agreement => ({ mention: new RegExp(`^error: .*\\b${path}\\b.*`, 'm') });

const checkout = (words: string, more: Omit<Command, 'args'> = {}): Command => command(`checkout --repo=repo ${words}`, more);
const one = (title: string, words: string, rest: Omit<Case, 'title' | 'commands'> = {}): Case => ({ title, commands: [checkout(words)], ...rest });
const broken = (title: string, words: string, rest: Omit<Case, 'title' | 'commands'> = {}): Case => one(title, words, { status: 1, modes: ['bare'], ...rest });
/** After `prepare` in the shell, `words`. */
const upon = (title: string, prepare: string, words: string, rest: Omit<Case, 'title' | 'commands'> = {}): Case => ({ title, commands: [shell(prepare), checkout(words)], ...rest });
const LINKING: readonly Mode[] = ['bare', 'bare-user-only'];
const SMALL_HOST = 'mkdir -p co/d/kept; echo mine > co/d/mine; echo mine > co/d/f; chmod 751 co co/d; touch -d @77 co/d';

/** How whole trees come out, in every mode with every combination that ostree takes. */
const shapes: readonly Case[] = [
  one('no flags', 'nasty co'),
  one('-U', '-U nasty co'),
  one('-C', '-C nasty co'),
  one('-U -C', '-U -C nasty co'),
  one('-M', '-M nasty co'),
  one('-U -M', '-U -M nasty co'),
  one('-H', '-H nasty co', { modes: LINKING }),
  one('-U -H', '-U -H nasty co', { modes: ['bare-user', 'bare-user-only'] }),
  one('-H, impossible in bare-user', '-H nasty co', { modes: ['bare-user'], status: 1, partial: true }),
  one('-U -H, impossible in bare', '-U -H nasty co', { modes: ['bare'], status: 1, partial: true }),
  one('-H, impossible in archive', '-H nasty co', { modes: ['archive'], status: 1, partial: true }),
  one('--disable-cache', '-U --disable-cache nasty co', { modes: ['archive'] }),
  { title: '-U twice, the second time from the cache', commands: [checkout('-U nasty co'), checkout('-U nasty again')], modes: ['archive'] },
  { title: '-U with the cache switched off', commands: [shell('printf "enable-uncompressed-cache=false\\n" >> repo/config'), checkout('-U nasty co')], modes: ['archive'] },
  one('--fsync=no', '--fsync=no nasty co'),
  one('--fsync=yes', '--fsync=yes nasty co', { modes: ['bare'] }),
  one('umask 077', 'nasty co', { umask: 0o077 }),
];

const flags: readonly Case[] = [
  one('the commit as the destination', 'small', { modes: ['bare'] }),
  one('a third word that is ignored', 'small co more', { modes: ['bare'] }),
  upon('an existing destination', 'mkdir co', 'small co', { status: 1, agreement: naming('co') }),
  upon('an existing file as destination', 'touch co', 'small co', { status: 1, modes: ['bare'], agreement: naming('co') }),
  broken('a destination without parent', 'small no/where/co', { agreement: naming('no/where') }),
  broken('no commit', '', { agreement: { mention: /^error: COMMIT must be specified$/m } }),
  broken('an unknown ref', 'absent co'),
  broken('a bad boolean', '--fsync=bogus small co'),
  broken('an unknown option', '--no-such-option small co', { agreement: { sameErrors: false } }),
  broken('--union with --union-add', '--union --union-add small co'),
  broken('--union with --union-identical', '-H --union --union-identical small co'),
  broken('--union-identical without -H', '--union-identical small co'),
  broken('--union-identical without -H, of nothing', '--union-identical nope co'),
  broken('-H with -C, of nothing', '-H -C nope co'),
  broken('-H with -C', '-H -C small co'),
  one('--union to nowhere', '--union small co'),
  upon('--union over other files', SMALL_HOST, '--union small co'),
  upon('-U --union over other files', SMALL_HOST, '-U --union small co'),
  upon('-C --union over other files', SMALL_HOST, '-C --union small co'),
  { title: '--union over itself', commands: [checkout('--union small co'), checkout('--union small co')] },
  { title: '--union of two trees', commands: [checkout('--union small co'), checkout('--union overlay co')] },
  { title: '-U -C --union of two trees', commands: [checkout('-U -C --union small co'), checkout('-U -C --union overlay co')] },
  upon('--union over a symlink in place of a file', 'mkdir -p co/d; ln -s mine co/d/f; echo mine > co/d/mine', '--union small co'),
  upon('--union, a file over an empty directory', 'mkdir -p co/d/f', '--union small co', { status: 1, agreement: naming('d/f'), partial: true }),
  upon('--union, a directory over a file', 'mkdir co; echo x > co/d', '--union small co', { status: 1, agreement: naming('d'), partial: true }),
  one('--union-add to nowhere', '--union-add small co'),
  upon('--union-add beside other files', SMALL_HOST, '--union-add small co'),
  upon('-U --union-add beside other files', SMALL_HOST, '-U --union-add small co'),
  upon('--union-add, a directory where a file should be', 'mkdir -p co/d/f', '--union-add small co'),
  upon('--union-add, a file where a directory should be', 'mkdir co; echo x > co/d', '--union-add small co', { status: 1, agreement: naming('d'), partial: true }),
  upon('--union-add, a symlink where a file should be', 'mkdir -p co/d; ln -s nowhere co/d/f', '--union-add small co'),
  { title: '--union-add of two trees', commands: [checkout('--union-add small co'), checkout('--union-add overlay co')] },
  { title: '--union-identical over the same', commands: [checkout('-H --union-identical overlay co'), checkout('-H --union-identical overlay co')], modes: LINKING },
  { title: '--union-identical over a copy', commands: [checkout('-C overlay co'), checkout('-H --union-identical overlay co')], modes: LINKING },
  { title: '--union-identical beside others', commands: [shell('mkdir -p co/e; echo y > co/e/y'), checkout('-H --union-identical small co')], modes: LINKING },
  { title: '--union-identical over other content', commands: [shell('mkdir -p co/d; echo y > co/d/f'), checkout('-H --union-identical small co')], modes: LINKING, status: 1, agreement: naming('f'), partial: true },
  { title: '--union-identical over another symlink', commands: [shell('mkdir -p co; ln -s y co/l'), checkout('-H --union-identical small co')], modes: LINKING, status: 1, agreement: naming('l'), partial: true },
  { title: '--union-identical over the same symlink', commands: [shell('mkdir -p co; ln -s d/f co/l'), checkout('-H --union-identical small co')], modes: ['bare-user-only'] },
  one('--subpath of a directory', '--subpath=/d small co'),
  one('--subpath without slash', '--subpath=d small co', { modes: ['bare'] }),
  one('--subpath of the root', '--subpath=/ small co', { modes: ['bare'] }),
  one('--subpath of a file', '--subpath=/d/f small co'),
  one('--subpath of an empty file', '--subpath=/zero small co'),
  one('--subpath of a symlink', '--subpath=/l small co'),
  one('-U --subpath of a file', '-U --subpath=/d/f small co'),
  upon('--subpath of a file into a directory', 'mkdir co', '--subpath=/d/f small co'),
  upon('--subpath of a file that is there', 'mkdir co; echo mine > co/f', '--subpath=/d/f small co', { status: 1, modes: ['bare'], agreement: naming('f') }),
  upon('--subpath of a file with --union', 'mkdir co; echo mine > co/f', '--union --subpath=/d/f small co'),
  broken('--subpath that is missing', '--subpath=/absent small co'),
  broken('--subpath below a file', '--subpath=/zero/x small co', { agreement: { sameErrors: false } }),
  broken('--subpath with ..', '--subpath=/d/../zero small co', { agreement: { sameErrors: false } }),
  one('--allow-noent', '--allow-noent --subpath=/absent small co'),
  one('--allow-noent of something that is there', '--allow-noent --subpath=/d small co'),
  broken('--allow-noent does not cover a ref', '--allow-noent absent co'),
  { title: '--from-stdin', commands: [checkout('--union --from-stdin co', { input: 'small\0/d\0overlay\0/\0' })] },
  { title: '--from-stdin without --union', commands: [checkout('--from-stdin co', { input: 'small\0/d\0' })], modes: ['bare'] },
  { title: '--from-stdin, twice without --union', commands: [checkout('--from-stdin co', { input: 'small\0/d\0small\0/\0' })], modes: ['bare'], status: 1, agreement: naming('co') },
  { title: '--from-stdin with --allow-noent', commands: [checkout('--union --allow-noent --from-stdin co', { input: 'small\0/absent\0small\0/d\0' })] },
  { title: '--from-stdin of a missing path', commands: [checkout('--union --from-stdin co', { input: 'small\0/absent\0small\0/d\0' })], status: 1, modes: ['bare'], agreement: naming('absent') },
  ...['small', 'small\0', 'small\0/d\0overlay', '\0/d\0small\0/d\0', '\0\0', 'small\n/d\n'].map((input): Case => (
    { title: `--from-stdin of ${JSON.stringify(input)}`, commands: [checkout('--union --from-stdin co', { input })], modes: ['bare'], status: input.includes('\n') ? 1 : 0 }
  )),
  { title: '--from-stdin that ends early', commands: [checkout('--union --from-stdin co', { input: 'small\0/d' })], modes: ['bare'] },
  { title: '--from-stdin, empty', commands: [checkout('--union --from-stdin co', { input: '' })], modes: ['bare'] },
  { title: '--from-stdin of an unknown ref', commands: [checkout('--union --from-stdin co', { input: 'absent\0/d\0' })], modes: ['bare'], status: 1 },
  { title: '--from-file', commands: [shell("printf 'small\\0/d\\0overlay\\0/d\\0' > list"), checkout('--union --from-file=list co')] },
  broken('--from-file that is missing', '--union --from-file=absent co', { agreement: { sameErrors: false } }),
  upon('--skip-list of files', "printf '/zero\\n/d/f\\n/l\\n' > skip", '--skip-list=skip small co'),
  upon('--skip-list of a directory', "printf '/d/\\n' > skip", '--skip-list=skip small co'),
  upon('--skip-list of a directory without slash', "printf '/d\\n' > skip", '--skip-list=skip small co'),
  upon('--skip-list of nothing that is there', "printf '/absent\\n\\nzero\\n' > skip", '--skip-list=skip small co'),
  upon('--skip-list below a subpath', "printf '/f\\n/d/g\\n' > skip", '--skip-list=skip --subpath=/d small co'),
  broken('--skip-list that is missing', '--skip-list=absent small co'),
  upon('--skip-list of everything', "printf '/\\n' > skip", '--skip-list=skip small co'),
  upon('--whiteouts of a symlink', 'mkdir w; ln -s x w/.wh.gone; ln -s x w/.ostree-wh.gone; ostree --repo=repo commit --timestamp=@1 -b links w > /dev/null; mkdir -p co/gone', '--union --whiteouts --process-passthrough-whiteouts links co'),
  ...['--union', '--union-add', '-U --union'].map((how) =>
    upon(`--process-passthrough-whiteouts ${how} over a file`, 'mkdir w; touch w/.ostree-wh.f; ostree --repo=repo commit --timestamp=@1 -b device w > /dev/null; mkdir co; echo x > co/f', `${how} --process-passthrough-whiteouts device co`)),
  one('--whiteouts to nowhere', '--whiteouts holes co'),
  one('whiteouts as plain files', 'holes co'),
  upon('--whiteouts with --union', 'mkdir -p co/d/deep/er co/opaque/gone; echo x > co/d/deep/er/x; echo x > co/gone; echo x > co/opaque/x; echo x > co/d/stays; chmod 751 co/opaque', '--union --whiteouts holes co'),
  upon('--whiteouts with --union-add', 'mkdir -p co/d/deep/er co/opaque/gone; echo x > co/gone; echo x > co/opaque/x', '--union-add --whiteouts holes co'),
  upon('--whiteouts with -U', 'mkdir -p co/opaque; echo x > co/gone; echo x > co/opaque/x', '-U --union --whiteouts holes co'),
  broken('a whiteout without a name', '--whiteouts bad-hole co'),
  one('a commit by checksum', '$small co', { modes: ['bare'] }),
  one('a parent by ^', 'second^ co', { modes: ['bare'] }),
  broken('an ambiguous checksum', '0 co', { agreement: { sameErrors: false } }),
  broken('a checksum that is not there', `${'0'.repeat(64)} co`, { agreement: { sameErrors: false } }),
];

describeWith([needs.referee, needs.root, needs.native], 'checkout', () => {
  const scratch = new Scratch('checkout');
  const templates = new Map<string, string>();

  beforeAll(() => {
    for (const mode of WRITABLE_MODES) templates.set(mode, writeTemplate(scratch, mode));
  });

  const expand = (all: readonly Case[]): readonly (readonly [string, Mode, Case])[] =>
    all.flatMap((each) => (each.modes ?? WRITABLE_MODES).map((mode) => [each.title, mode, each] as const));

  describe.each([['whole trees', shapes], ['flags', flags]] as const)('%s', (_, all) => {
    it.each(expand(all))('%s, in %s', (_title, mode, { commands, agreement, umask = 0o022, status = 0, partial = false }) => {
      const twins = makeTwins(scratch, templates.get(mode) ?? '');
      const steps = commands.map((step) => ({ umask, ...step, args: step.args.map((word) => resolved(word, twins.theirs)) }));
      expect(runInBoth(twins, steps, agreement).status).toBe(status);
      if (!partial) expect(compareCheckouts(snapshot(twins.ours), snapshot(twins.theirs))).toEqual([]);
    });
  });
});

/** The world but its repository, and which of its files are linked into the repository. */
function snapshot(world: World): CheckoutSnapshot {
  return snapshotCheckout(world.path, inWorld(world, 'repo'), 'repo');
}

/** `$ref` stands for the checksum that the ref has. */
function resolved(word: string, world: World): string {
  return word.startsWith('$') ? readFileSync(inWorld(world, `repo/refs/heads/${word.slice(1)}`), 'utf8').trim() : word;
}

function writeTemplate(scratch: Scratch, mode: string): string {
  const path = scratch.fresh(`template-${mode}`);
  const repo = join(path, 'repo');
  mkdirSync(path);
  succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
  appendFileSync(join(repo, 'config'), 'min-free-space-percent=0\n');
  const trees = {
    nasty: nastyTree({ sparseBytes: 100_000, crowd: 30 }),
    small: dir({ d: dir({ f: file('f\n', { mode: 0o755, uid: 3 }), g: file('f\n', { mode: 0o755, uid: 3 }), e: dir({}, { mode: 0o1777 }) }, { uid: 4, mode: 0o2750, xattrs: { 'user.d': '1' } }), zero: file(), l: symlink('d/f'), secret: file('s\n', { mode: 0 }) }),
    overlay: dir({ d: dir({ f: file('overlay\n'), e: dir({ x: file('x\n') }), zero: file() }, { mode: 0o700 }), l: symlink('elsewhere'), secret: file('open\n') }),
    holes: dir({ d: dir({ '.wh.deep': file(), kept: file('k\n') }), '.wh.gone': file(), '.wh.never-there': file(), opaque: dir({ '.wh..wh..opq': file(), fresh: file('n\n') }, { mode: 0o711 }) }),
    'bad-hole': dir({ '.wh.': file() }),
  };
  for (const [ref, tree] of Object.entries(trees)) {
    writeTree(join(path, ref), tree);
    succeed(ostree, ['commit', `--repo=${repo}`, '-b', ref, '--timestamp=@1700000000', '--consume', join(path, ref)]);
  }
  for (const stamp of ['@1', '@2']) succeed(ostree, ['commit', `--repo=${repo}`, '-b', 'second', `--timestamp=${stamp}`, '--tree=ref=small']);
  return path;
}
