import { existsSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { compareRepositories } from '../support/compare.ts';
import { coppice, ostree, run, succeed, succeedWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Agreement, Command } from '../support/twins.ts';

/** A repository with a collection of its own, and one with mirrored refs and those of a remote that tells its collection. */
const SOURCE = `
mkdir tree tree/d drive; echo one > tree/file; chmod 4711 tree/file; ln -s file tree/link; echo x > tree/d/x
ostree --repo=repo init --mode=bare --collection-id=org.own.Os
ostree --repo=loose init --mode=archive
printf '\\n[remote "r"]\\nurl=http://127.0.0.1\\ncollection-id=org.remote.R\\n' >> loose/config
commit() { repo=$1; shift; ostree --repo=$repo commit "$@" tree > /dev/null; }
commit repo -b main --timestamp=@1; echo two > tree/file; commit repo -b main --timestamp=@2 --add-metadata-string=version=2 --add-detached-metadata-string=k=v
commit repo -b os/x86/extra --timestamp=@3; commit repo -b unbound --timestamp=@4 --no-bindings
commit repo -b foreign --timestamp=@5 --no-bindings --add-metadata-string=ostree.collection-binding=org.mirror.M "--add-metadata=ostree.ref-binding=['foreign']"
ostree --repo=repo refs --collections --create=org.mirror.M:foreign foreign
ostree --repo=repo static-delta generate main > /dev/null 2>&1
commit loose -b unbound --timestamp=@6 --no-bindings; commit loose -b else --timestamp=@7
ostree --repo=loose refs --create=r:app unbound
for ref in lib else; do ostree --repo=loose refs --collections --create=org.mirror.M:$ref else; done
ostree --repo=loose refs --collections --create=org.mirror.M:deep/er unbound
`;

const usb = (words: string): Command => command(`--repo=repo create-usb ${words}`);
const loose = (words: string): Command => command(`--repo=loose create-usb ${words}`);
const init = (path: string, words: string): Command => shell(`mkdir -p ${path}; ostree --repo=${path} init ${words}`);

interface Case {
  readonly title: string;
  readonly commands: readonly Command[];
  /** Where the repository is then. */
  readonly at?: string;
}

const cases: readonly Case[] = [
  { title: 'one ref', commands: [usb('drive org.own.Os main')] },
  { title: 'several refs, of other collections too', commands: [usb('drive org.own.Os main org.own.Os os/x86/extra')] },
  { title: 'the same ref twice', commands: [usb('drive org.own.Os main org.own.Os main')] },
  { title: 'one ref after the other', commands: [usb('drive org.own.Os main'), usb('drive org.own.Os os/x86/extra'), usb('drive org.own.Os main')] },
  { title: 'refs of several collections', commands: [loose('drive org.mirror.M else org.mirror.M deep/er org.remote.R app')] },
  { title: 'refs of two repositories', commands: [loose('drive org.remote.R app'), usb('drive org.own.Os main')] },
  { title: 'without fsync', commands: [usb('--disable-fsync drive org.own.Os main')] },
  { title: 'an empty --commit', commands: [usb('--commit= drive org.own.Os main')] },
  { title: 'a mount that is a symlink', commands: [shell('ln -s drive other'), usb('other/ org.own.Os main')] },
  { title: 'an empty directory in place of the repository', commands: [shell('mkdir -p drive/.ostree/repo'), usb('drive org.own.Os main')] },
  ...['archive', 'bare', 'bare-user'].map((mode) => ({
    title: `a ${mode} repository that is there`,
    commands: [init('drive/.ostree/repo', `--mode=${mode}`), usb('drive org.own.Os main'), loose('drive org.mirror.M else')],
  })),
  { title: 'a repository of the same collection', commands: [init('drive/.ostree/repo', '--mode=archive --collection-id=org.own.Os'), usb('drive org.own.Os main'), loose('drive org.mirror.M else')] },
  { title: 'a repository of another collection', commands: [init('drive/.ostree/repo', '--mode=archive --collection-id=org.other.O'), usb('drive org.own.Os main')] },
  { title: 'a repository that wants no indexes of deltas', commands: [init('drive/.ostree/repo', '--mode=archive'), shell('ostree --repo=drive/.ostree/repo config set core.indexed-deltas false'), usb('drive org.own.Os main')] },
  { title: 'another place', commands: [usb('--destination-repo=a/b/repo drive org.own.Os main')], at: 'a/b/repo' },
  { title: 'another well-known place', commands: [usb('--destination-repo=ostree/repo drive org.own.Os main')], at: 'ostree/repo' },
  { title: 'a place in repos.d itself', commands: [usb('--destination-repo=.ostree/repos.d/own drive org.own.Os main')], at: '.ostree/repos.d/own' },
  { title: 'a second place', commands: [usb('--destination-repo=a drive org.own.Os main'), usb('--destination-repo=b drive org.own.Os main')], at: 'b' },
];

const wrong: readonly [title: string, commands: readonly Command[], agreement?: Agreement][] = [
  ['no mount', [usb('')], { mention: /^error: A MOUNT-PATH must be specified$/m }],
  ['no ref', [usb('drive')], { mention: /^error: At least one COLLECTION-ID REF pair must be specified$/m }],
  ['half a ref', [usb('drive org.own.Os main org.own.Os')], { mention: /^error: Only complete COLLECTION-ID REF pairs may be specified$/m }],
  ['--commit for two refs', [usb(`--commit=${'a'.repeat(64)} drive org.own.Os main org.own.Os unbound`)], { mention: /^error: The --commit option can only be used when a single COLLECTION-ID REF pair is specified$/m }],
  ['a commit without bindings', [usb('drive org.own.Os unbound')]],
  ['a mirrored commit of another collection than the repository', [usb('drive org.mirror.M foreign')]],
  ['a ref that the commit was not made for', [loose('drive org.mirror.M lib')]],
  ['a ref that is not there', [usb('drive org.own.Os nope')]],
  ['a collection that is not there', [usb('drive org.nope.Os main')]],
  ['a bad collection', [usb('drive nope main')]],
  ['a bad ref', [usb('drive org.own.Os r:main')]],
  ['no such mount', [usb('nodir org.own.Os main')]],
  ['a mount that is a file', [usb('tree/file org.own.Os main')]],
  ['an empty destination', [usb('--destination-repo= drive org.own.Os main')]],
  ['a file in the way', [shell('touch drive/.ostree'), usb('drive org.own.Os main')]],
  ['a file in place of repos.d', [shell('mkdir drive/.ostree; touch drive/.ostree/repos.d'), usb('--destination-repo=a drive org.own.Os main')]],
  ['a broken repository', [shell('mkdir -p drive/.ostree/repo/objects; touch drive/.ostree/repo/config'), usb('drive org.own.Os main')]],
  ['no free name for the symlink', [shell('for i in $(seq 0 99); do mkdir -p drive/.ostree/repos.d/$(printf %02d $i)-generated; done'), usb('--destination-repo=a drive org.own.Os main')]],
  ['the source itself', [usb('--destination-repo=repo . org.own.Os main')], { mention: /^error: --destination-repo must not be the source repository$/m }],
  ['no source', [command('--repo=nope create-usb drive org.own.Os main')], { sameErrors: false, mention: /opening repo: opendir\(.*nope\): No such file or directory/ }],
];

describeWith([needs.referee, needs.root, needs.native], 'create-usb', () => {
  const scratch = new Scratch('create-usb');
  const template = scratch.fresh('template');
  /** The source's path, by which the message names it, is another in each world. */
  const PLACE = /‘\/[^’]*\/repo’/;

  beforeAll(() => {
    succeedWords(['sh', '-ec', `mkdir ${template}; cd ${template}; ${SOURCE}`]);
  });

  it.each(cases)('$title', ({ commands, at = '.ostree/repo' }) => {
    const twins = makeTwins(scratch, template);
    const last = runInBoth(twins, commands, { sameOutput: false });
    expect(last).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Copied (\d)\/\1 refs successfully from ‘\/.*\/(repo|loose)’ to ‘.+’ repository in ‘.+’\.\n$/) });
    const [ours, theirs] = [inWorld(twins.ours, `drive/${at}`), inWorld(twins.theirs, `drive/${at}`)];
    runInBoth(twins, [shell(`ostree --repo=drive/${at} summary -v | grep -v Last-Modified`), shell('cd drive; find . -path "*/objects/*" -o -printf "%p %l %#m\\n" | sort')]);
    runInBoth(twins, [shell(`rm drive/${at}/summary`)]);
    expect(compareRepositories(ours, theirs)).toEqual([]);
    expect(run(ostree, [`--repo=${ours}`, 'fsck']).status).toBe(0);
  });

  it('says the same', () => {
    const twins = makeTwins(scratch, template);
    const answers = [twins.ours, twins.theirs].map(({ path, program }) => run(program, ['--repo=./repo', 'create-usb', '--destination-repo=./a//', 'drive', 'org.own.Os', 'main'], { cwd: path }));
    const [ours, theirs] = answers.map(({ status, stdout, stderr }) => ({ status, stderr, stdout: stdout.replace(PLACE, '') }));
    expect(ours).toEqual(theirs);
    expect(readlinkSync(inWorld(twins.ours, 'drive/.ostree/repos.d/00-generated'))).toBe('../.././a//');
  });

  it.each(wrong)('refuses %s', (_title, commands, agreement) => {
    runInBoth(makeTwins(scratch, template), commands, agreement);
  });

  it('takes another commit than the ref has, or one for a ref that is not there', () => {
    const twins = makeTwins(scratch, template);
    const old = succeed(ostree, ['rev-parse', `--repo=${template}/repo`, 'main^']);
    runInBoth(twins, [usb(`--commit=${old} drive org.own.Os main`)], { sameOutput: false });
    runInBoth(twins, [usb(`--commit=${old} drive org.own.Os new`)]);
    const unbound = succeed(ostree, ['rev-parse', `--repo=${template}/loose`, 'unbound']);
    runInBoth(twins, [loose(`--commit=${unbound} drive org.new.N new`)], { sameOutput: false });
    runInBoth(twins, [shell('cd drive/.ostree/repo; ostree --repo=. refs -c --list | sort; cat refs/mirrors/*/*')]);
  });

  it.each([['a ref', 'main', 'error: Invalid rev main'], ['an unknown commit', 'b'.repeat(64), /^error: .*b{64}/]])('refuses %s for --commit, at which ostree crashes or leaves a partial commit', (_title, commit, words) => {
    const { ours } = makeTwins(scratch, template);
    const answer = run(coppice, ['--repo=repo', 'create-usb', `--commit=${commit}`, 'drive', 'org.own.Os', 'main'], { cwd: ours.path });
    expect(answer).toMatchObject({ status: 1, stdout: '', stderr: typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words) });
    expect(existsSync(inWorld(ours, 'drive/.ostree/repo/state')) ? readdirSync(inWorld(ours, 'drive/.ostree/repo/state')) : []).toEqual([]);
  });

  it('makes one symlink however often it runs, and one that leads there from an absolute destination', () => {
    const { ours } = makeTwins(scratch, template);
    const drive = inWorld(ours, 'drive');
    const copy = (...words: readonly string[]): string => succeed(coppice, ['--repo=repo', 'create-usb', ...words, 'drive', 'org.own.Os', 'main'], { cwd: ours.path });
    copy('--destination-repo=a');
    copy('--destination-repo=./a/');
    copy(`--destination-repo=${drive}/b`);
    const links = join(drive, '.ostree/repos.d');
    expect(readdirSync(links).map((name) => readlinkSync(join(links, name)))).toEqual(['../../a', '../../b']);
    expect(readFileSync(join(links, '01-generated/config'), 'utf8')).toContain('mode=archive-z2');
  });

  it('passes by dead symlinks and refuses damaged objects', () => {
    const { ours } = makeTwins(scratch, template);
    succeedWords(['mkdir', '-p', inWorld(ours, 'drive/.ostree/repos.d')]);
    symlinkSync('nowhere', inWorld(ours, 'drive/.ostree/repos.d/00-generated'));
    succeedWords(['sh', '-ec', `cd ${ours.path}; for f in $(find repo/objects -name '*.file' -type f); do echo damage > $f; done`]);
    const answer = run(coppice, ['--repo=repo', 'create-usb', '--destination-repo=a', 'drive', 'org.own.Os', 'main'], { cwd: ours.path });
    expect(answer).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error: .*: the object has checksum /) });
    expect(existsSync(inWorld(ours, 'drive/a/refs/mirrors/org.own.Os/main'))).toBe(false);
  });
});
