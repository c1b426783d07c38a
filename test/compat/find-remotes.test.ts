import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needsLoop } from '../support/loop-disk.ts';
import { coppice, ostree, run, runWords, succeed, succeedWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

/** A repository that looks for refs, and those that have them: an older and a newer one, one without summary, one far away. */
const MADE = `
mkdir tree; echo a > tree/a; ostree --repo=here init --mode=archive
for name in old new mute; do ostree --repo=$name init --mode=archive --collection-id=org.a.A; done
ostree --repo=old commit -b main --timestamp=@1000 tree; ostree --repo=old commit -b only/old --timestamp=@1000 tree
ostree --repo=new commit -b main --timestamp=@2000 tree; ostree --repo=mute commit -b main --timestamp=@3000 tree
ostree --repo=old refs --collections --create=org.b.B:other main
for name in old new; do ostree --repo=$name summary -u; done
for name in old new mute gone; do ostree --repo=here remote add --no-gpg-verify --collection-id=org.a.A $name file://$PWD/$name; done
ostree --repo=here remote add --no-gpg-verify --collection-id=org.b.B second file://$PWD/old
ostree --repo=here remote add --no-gpg-verify plain file://$PWD/old
`;

/** Three repositories with refs of their own, which remotes name in another order than their URLs have. */
const SORTED = `
mkdir tree; echo a > tree/a; ostree --repo=here init --mode=archive
for name in new old z; do ostree --repo=$name init --mode=archive --collection-id=org.a.A; ostree --repo=$name commit -b $name --timestamp=@1000 tree; done
ostree --repo=old commit -b old2 --timestamp=@1000 tree
for remote in c/new b/old a/z; do ostree --repo=here remote add --no-gpg-verify --collection-id=org.a.A \${remote%/*} file://$PWD/\${remote#*/}; done
`;

function waitForNextSecond(): void {
  const second = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === second) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

/** Starts with a second, and anew where one was not enough. */
function summariesInOneSecond(folder: string): void {
  const update = 'for name in new old z; do ostree --repo=$name summary -u; done; for name in new old z; do ostree --repo=$name summary -v | grep ^Last-Modified; done | sort -u | wc -l';
  do waitForNextSecond();
  while (succeedWords(['sh', '-ec', update], { cwd: folder }).trim() !== '1');
}

describeWith([needs.referee, needs.root], 'find-remotes', () => {
  const scratch = new Scratch('find-remotes');
  const folder = scratch.fresh('work');

  /** The order of refs within a result is that of a hash table. */
  const answerOf = (program: typeof ostree, words: string): object => {
    const { status, stdout, stderr } = run(program, ['--repo=here', 'find-remotes', ...words.split(' ').filter((word) => word !== '')], { cwd: folder });
    const blocks = stdout.split('\n\n').map((block) => block.split('\n'));
    const sorted = blocks.map((lines) => [...lines.filter((line) => !line.startsWith('    - ')), ...lines.filter((line) => line.startsWith('    - ')).toSorted()]);
    return { status, sorted, error: /^error: .*$/m.exec(stderr)?.[0] };
  };
  const expectSame = (words: string): void => {
    expect(answerOf(coppice, words)).toEqual(answerOf(ostree, words));
  };

  beforeAll(() => {
    mkdirSync(folder);
    succeedWords(['sh', '-ec', `cd ${folder}; ${MADE}`]);
  });

  it.each([
    'org.a.A main', 'org.a.A only/old', 'org.a.A main org.a.A only/old', 'org.a.A main org.a.A nope org.b.B other', 'org.b.B other', 'org.c.C main', 'org.a.A nope',
  ])('answers as ostree does: %s', (refs) => {
    expectSame(`--finders=config ${refs}`);
  });

  it.each([
    '', 'org.a.A', 'org.a.A main org.b.B', 'bad main', 'org.a.A r:main', '--mirror org.a.A main', '--finders=nope org.a.A main', '--finders= org.a.A main',
    '--finders=config,config org.a.A main', '--finders=config, org.a.A main', '--finders=mount org.a.A absent',
  ])('answers as ostree does: "%s"', expectSame);

  it.each([['--pull', 'find-remotes --pull is not built yet'], ['--finders=lan', 'find-remotes --finders=lan is not built yet']])('says what is to come: %s', (flag, words) => {
    expect(run(coppice, ['--repo=here', 'find-remotes', flag, 'org.a.A', 'main'], { cwd: folder })).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(`error: ${words}\n`) });
  });

  it('names remotes on the network and goes on', () => {
    succeedWords(['cp', '-a', 'here', 'far'], { cwd: folder });
    writeFileSync(`${folder}/far/config`, '[core]\nrepo_version=1\nmode=archive-z2\n[remote "web"]\nurl=http://127.0.0.1:9\ncollection-id=org.a.A\n');
    const answer = run(coppice, ['--repo=far', 'find-remotes', 'org.a.A', 'main'], { cwd: folder });
    expect(answer).toEqual({ status: 0, signal: null, stdout: 'No results.\n', stderr: 'remote "web" is not asked: pulling over the network is not built yet\n' });
  });

  it.each([
    ['the older summary first', 'new old z'], ['whichever it is', 'z old new'], ['in one second by refs, then by name', ''],
  ])('sorts as ostree does: %s', (_, inTurn) => {
    const made = scratch.fresh('order');
    mkdirSync(made);
    succeedWords(['sh', '-ec', `cd ${made}; ${SORTED}`]);
    for (const name of inTurn.split(' ').filter((word) => word !== '')) {
      succeed(ostree, [`--repo=${name}`, 'summary', '-u'], { cwd: made });
      waitForNextSecond();
    }
    if (inTurn === '') summariesInOneSecond(made);
    const words = ['--repo=here', 'find-remotes', '--finders=config', ...['new', 'old', 'z', 'old2'].flatMap((ref) => ['org.a.A', ref])];
    const [ours, theirs] = [coppice, ostree].map((program) => succeed(program, words, { cwd: made }).match(/^Result \d+: .*$/gm));
    expect(theirs).toHaveLength(3);
    expect(ours).toEqual(theirs);
  });

  describeWith([needs.referee, needsLoop('ext4')], 'on a drive', () => {
    const drive = `/media/coppice-test-${process.pid}`;
    const isMounted = (): boolean => runWords(['mountpoint', '-q', drive]).status === 0;

    beforeAll(() => {
      succeedWords(['sh', '-ec', 'truncate -s 16M image; mkfs.ext4 -q image'], { cwd: folder });
      mkdirSync(drive, { recursive: true });
      runWords(['mount', '-o', 'loop', `${folder}/image`, drive]);
      expect(isMounted()).toBe(true);
      succeed(coppice, ['--repo=old', 'create-usb', drive, 'org.a.A', 'main'], { cwd: folder });
      succeed(coppice, ['--repo=old', 'create-usb', '--destination-repo=b/repo', drive, 'org.a.A', 'only/old'], { cwd: folder });
      succeed(coppice, ['--repo=old', 'create-usb', '--destination-repo=a/repo', drive, 'org.a.A', 'only/old'], { cwd: folder });
    });

    afterAll(() => {
      if (isMounted()) succeedWords(['umount', drive]);
      rmSync(drive, { recursive: true, force: true });
    });

    it.each(['--finders=mount org.a.A main', '--finders=mount org.a.A main org.a.A nope', '--finders=config,mount org.a.A main', '--finders=mount,config org.b.B other'])('answers as ostree does: %s', (words) => {
      expectSame(words);
    });

    it('finds what create-usb put into other places, in the first of them', () => {
      const report = JSON.parse(succeed(coppice, ['--repo=here', '--json', 'find-remotes', '--finders=mount', 'org.a.A', 'only/old'], { cwd: folder })) as { remotes: { url: string }[] };
      expect(report.remotes.map(({ url }) => url)).toEqual([`file://${drive}/b/repo`]);
      const theirs = succeed(ostree, ['--repo=here', 'find-remotes', '--finders=mount', 'org.a.A', 'only/old'], { cwd: folder });
      expect(theirs.match(/^Result \d+: .*$/gm)).toEqual([`Result 0: file://${drive}/b/repo`]);
    });
  });
});
