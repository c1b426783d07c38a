import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareRepositories } from '../support/compare.ts';
import { describeTree } from '../support/inodes.ts';
import { WRITABLE_MODES } from '../support/main-job.ts';
import type { WritableMode } from '../support/main-job.ts';
import { coppice, ostree, run, succeed } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { noise } from '../support/nasty-tree.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Agreement, Command } from '../support/twins.ts';

const pull = (words: string): Command => command(`pull-local --repo=into ${words}`);

interface Case {
  readonly title: string;
  readonly commands: readonly Command[];
  readonly agreement?: Agreement;
  /** Default `archive`. */
  readonly into?: WritableMode;
}

const one = (title: string, words: string, rest: Omit<Case, 'title' | 'commands'> = {}): Case => ({ title, commands: [pull(words)], ...rest });

const cases: readonly Case[] = [
  one('every ref', '--disable-verify-bindings source'),
  one('one ref', 'source main'),
  one('a ref it was not made for', 'source alias'),
  one('a ref it was not made for, unchecked', '--disable-verify-bindings source alias'),
  one('an unknown ref', 'source nope'),
  one('a parent', 'source main^'),
  one('an unknown ref and a parent', 'source nope main^'),
  one('--depth=1', '--depth=1 source main'),
  one('--depth=-1', '--depth=-1 source main'),
  one('--remote', '--remote=origin source main'),
  one('--untrusted', '--untrusted source main'),
  one('--commit-metadata-only', '--commit-metadata-only source main'),
  { title: '--commit-metadata-only, then all', commands: [pull('--commit-metadata-only source main'), pull('source main')] },
  { title: 'the same again', commands: [pull('source main'), pull('source main')] },
  { title: 'one commit after the other', commands: [pull('source old'), pull('source main')] },
  one('no source', '', { agreement: { mention: /error: DESTINATION must be specified$/m } }),
  one('a source that is none', '/nonexistent main', { agreement: { sameErrors: false } }),
  one('a source that is none, by a relative path', 'absent main', { agreement: { mention: /opendir\(\/.*\/absent\): No such file or directory$/m } }),
  one('--bareuseronly-files', '--bareuseronly-files source main', { agreement: { mention: /invalid mode 0104755 with bits 04000/ } }),
  one('--gpg-verify without --remote', '--gpg-verify source main'),
  one('--disable-fsync', '--disable-fsync source main', { into: 'bare-user' }),
  one('a commit without bindings from a repository of a collection', 'collected unbound'),
  one('a commit of another collection', 'collected foreign'),
  one('a bound commit from a repository of a collection', '--remote=origin collected main'),
  one('unchecked from a repository of a collection', '--disable-verify-bindings collected'),
  one('an unbound commit of a collection, by checksum', 'collected UNBOUND'),
  { title: 'a ref whose commit only this repository has', commands: [pull('source main'), shell('rm -r source/objects'), pull('--remote=origin source main')] },
  { title: 'a commit that only this repository has', commands: [pull('source main'), shell('rm -r source/objects'), pull('source MAIN')] },
  { title: 'detached metadata', commands: [shell('ostree commit --repo=source -b main -s third --timestamp=@3 --add-detached-metadata-string=k=v tree'), pull('source main')] },
];

describeWith([needs.referee, needs.root, needs.native], 'pull-local', () => {
  const scratch = new Scratch('pull-local');
  const template = scratch.fresh('template');
  /** By the words that stand for them. */
  const checksums = new Map<string, string>();
  const tree = dir({
    a: file('a\n', { mode: 0o4755, uid: 12, gid: 34 }), big: file(noise(1_300_000)), text: file('text '.repeat(9000)), empty: file(), l: symlink('a'),
    d: dir({ x: file('x', { xattrs: { 'user.k': '76' } }), same: file('text '.repeat(9000)) }, { mode: 0o2775 }),
  });

  beforeAll(() => {
    mkdirSync(template);
    writeTree(join(template, 'tree'), tree);
    succeed(ostree, ['init', `--repo=${template}/source`, '--mode=bare']);
    const commit = (...words: readonly string[]): string => succeed(ostree, ['commit', `--repo=${template}/source`, ...words, join(template, 'tree')]);
    commit('-b', 'main', '--bind-ref=old', '-s', 'first', '--timestamp=@1');
    succeed(ostree, ['refs', `--repo=${template}/source`, '--create=old', 'main']);
    writeTree(join(template, 'tree', 'more'), dir({ new: file('new\n') }));
    checksums.set('MAIN', commit('-b', 'main', '-s', 'second', '--timestamp=@2'));
    succeed(ostree, ['refs', `--repo=${template}/source`, '--create=alias', 'main']);
    succeed(ostree, ['init', `--repo=${template}/collected`, '--mode=archive', '--collection-id=org.own.Os']);
    const collect = (...words: readonly string[]): string => succeed(ostree, ['commit', `--repo=${template}/collected`, '--timestamp=@1', ...words, join(template, 'tree')]);
    collect('-b', 'main');
    checksums.set('UNBOUND', collect('-b', 'unbound', '--no-bindings'));
    collect('-b', 'foreign', '--no-bindings', '--add-metadata-string=ostree.collection-binding=org.other.Os', "--add-metadata=ostree.ref-binding=['foreign']");
  });

  it.each(cases)('$title', ({ commands, agreement = {}, into = 'archive' }) => {
    const twins = makeTwins(scratch, template);
    const named = commands.map((each) => ('args' in each ? { ...each, args: each.args.map((word) => checksums.get(word) ?? word) } : each));
    const last = runInBoth(twins, [command(`init --repo=into --mode=${into}`), ...named], agreement);
    if (last.status !== 0) return; // what is left of a failed pull is not compared: ostree marks commits before it has them
    expect(compareRepositories(inWorld(twins.ours, 'into'), inWorld(twins.theirs, 'into'))).toEqual([]);
    expect(readdirSync(inWorld(twins.ours, 'into/state'))).toEqual(readdirSync(inWorld(twins.theirs, 'into/state')));
  });

  it('shares no file with a source that is not trusted', () => {
    const into = scratch.fresh('into');
    succeed(ostree, ['init', `--repo=${into}`, '--mode=bare']);
    succeed(coppice, ['pull-local', `--repo=${into}`, '--untrusted', join(template, 'source'), 'main']);
    expect(describeTree(into).filter(({ kind, links }) => kind === 'file' && links > 1)).toEqual([]);
    expect(run(ostree, ['fsck', `--repo=${into}`])).toMatchObject({ status: 0 });
  });

  const pairs = WRITABLE_MODES.flatMap((from) => WRITABLE_MODES.map((to) => [from, to] as const));

  describe('between all modes', () => {
    const canonical = scratch.fresh('canonical');
    const repo = (mode: WritableMode): string => join(canonical, mode);

    beforeAll(() => {
      mkdirSync(canonical);
      writeTree(join(canonical, 'tree'), dir({ a: file('a\n', { mode: 0o755 }), big: file(noise(1_300_000)), l: symlink('a'), e: file(), text: file('text '.repeat(9000)) }));
      for (const mode of WRITABLE_MODES) {
        succeed(ostree, ['init', `--repo=${repo(mode)}`, `--mode=${mode}`]);
        succeed(ostree, ['commit', `--repo=${repo(mode)}`, '-b', 'main', '--timestamp=@1', join(canonical, 'tree')]);
      }
    });

    it.each(pairs)('%s to %s', (from, to) => {
      const [ours, theirs] = [scratch.fresh('ours'), scratch.fresh('theirs')];
      for (const [program, path] of [[coppice, ours], [ostree, theirs]] as const) {
        succeed(program, ['init', `--repo=${path}`, `--mode=${to}`]);
        succeed(program, ['pull-local', `--repo=${path}`, repo(from), 'main']);
      }
      expect(compareRepositories(ours, theirs)).toEqual([]);
      expect(run(ostree, ['fsck', `--repo=${ours}`])).toMatchObject({ status: 0 });
    });

    it.each(['wasm', 'js'])('archive to bare-user-only and back by %s', (engine) => {
      const [plain, packed] = [scratch.fresh('plain'), scratch.fresh('packed')];
      succeed(coppice, ['init', `--repo=${plain}`, '--mode=bare-user-only']);
      succeed(coppice, ['init', `--repo=${packed}`, '--mode=archive']);
      succeed(coppice, ['pull-local', `--engine=${engine}`, `--repo=${plain}`, repo('archive'), 'main']);
      succeed(coppice, ['pull-local', `--engine=${engine}`, `--repo=${packed}`, plain, 'main']);
      for (const path of [plain, packed]) expect(run(ostree, ['fsck', `--repo=${path}`])).toMatchObject({ status: 0 });
    });

    it.each(pairs.flatMap(([from, to]) => [[from, to, '--untrusted'], [from, to, '--depth=0']] as const))('never takes a damaged object: %s to %s %s', (from, to, flag) => {
      const source = scratch.fresh('damaged');
      succeed({ name: 'ostree', words: ['cp', '-a', repo(from), source] }, []);
      damageLargest(source);
      const into = scratch.fresh('into');
      succeed(coppice, ['init', `--repo=${into}`, `--mode=${to}`]);
      const result = run(coppice, ['pull-local', flag, `--repo=${into}`, source, 'main']);
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(/^error: .*objects\/[0-9a-f]{2}\/[0-9a-f]{62}\.filez?.*/);
      expect(readdirSync(join(into, 'objects')).flatMap((name) => readdirSync(join(into, 'objects', name)))).toEqual([]);
      expect(run(coppice, ['refs', `--repo=${into}`]).stdout).toBe('');
    });
  });
});

/** Flips a byte in the middle of the largest object. */
function damageLargest(repo: string): void {
  const objects = join(repo, 'objects');
  const paths = readdirSync(objects).flatMap((name) => readdirSync(join(objects, name)).map((rest) => join(objects, name, rest)));
  const contents = paths.filter((path) => /\.filez?$/.test(path)).map((path) => ({ path, bytes: readFileSafely(path) }));
  const [largest] = contents.toSorted((a, b) => b.bytes.length - a.bytes.length);
  if (largest === undefined) throw new Error(`no content objects in ${repo}`);
  const middle = largest.bytes.length >> 1;
  largest.bytes.writeUInt8((largest.bytes[middle] ?? 0) ^ 1, middle);
  writeFileSync(largest.path, largest.bytes);
}

function readFileSafely(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0); // a symlink that leads nowhere
  }
}
