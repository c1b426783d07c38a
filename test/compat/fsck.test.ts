import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, ostree, run, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Agreement, Command, Twins } from '../support/twins.ts';
import { makeReadTemplate, MODES } from './support-read.ts';

/** Shell functions: `rev`, and the path of an object of a repository by its checksum and extension. */
const HELPERS = `
rev() { ostree --repo=$1 rev-parse $2; }
object() { echo $1/objects/$(echo $2 | cut -c1-2)/$(echo $2 | cut -c3-).$3; }
content() { ostree --repo=$1 ls -dC main $2 | awk '{print $5}'; }
dirmeta() { ostree --repo=$1 ls -dC main $2 | awk '{print $6}'; }
`;
const prepare = (script: string): Command => shell(`${HELPERS}\n${script}`);
const fsck = (words = '', mode = 'archive'): Command => command(`--repo=${mode} fsck ${words}`);
/** Other words, same verdict: ours say more. */
const BETTER_WORDS: Agreement = { sameErrors: false, sameOutput: false };

type Damage = readonly [title: string, script: string, agreement?: Agreement];
type RefCase = readonly [title: string, status: number, script: string, words: string, agreement?: Agreement];

const marksIn = (state: string): string[] => readdirSync(state).map((name) => `${name} ${readFileSync(`${state}/${name}`, 'utf8')}`);

const FLIP = `flip() { python3 -c "import sys; p=sys.argv[1]; b=bytearray(open(p,'rb').read()); b[len(b)//2]^=1; open(p,'wb').write(b)" $1; }`;

describeWith([needs.referee, needs.native], 'fsck answers as ostree does', () => {
  const scratch = new Scratch('fsck');
  let template: string;
  const fresh = (): Twins => makeTwins(scratch, template);
  beforeAll(() => {
    template = makeReadTemplate(scratch);
  });

  it.each(MODES.flatMap((mode) => ['', '-q', '-a', '--delete', '--verify-bindings', '--add-tombstones'].map((words) => [mode, words] as const)))(
    'a sound %s repository, fsck %s',
    (mode, words) => {
      expect(runInBoth(fresh(), [fsck(words, mode)]).status).toBe(0);
    },
  );

  describe('objects that are missing or damaged', () => {
    const damage: readonly Damage[] = [
      ['the commit of a ref is missing', 'rm $(object archive $(rev archive main) commit)'],
      ['the commit of a ref is cut short', 'truncate -s -1 $(object archive $(rev archive main) commit)'],
      ['the commit of a ref is empty', ': > $(object archive $(rev archive main) commit)'],
      ['a content object is missing', 'rm $(object archive $(content archive /etc/conf) filez)'],
      ['a dirtree is missing', 'rm $(object archive $(content archive /newdir) dirtree)'],
      ['a dirmeta of one commit is missing', 'rm $(object archive $(dirmeta archive /etc/deep) dirmeta)', { sameErrors: false }],
      ['a dirtree is empty', ': > $(object archive $(content archive /newdir) dirtree)', BETTER_WORDS],
      ['content is cut short', 'truncate -s -1 $(object archive $(content archive /etc/conf) filez)', BETTER_WORDS],
      ['content has a flipped bit', `${FLIP}; flip $(object archive $(content archive /newdir/a) filez)`, BETTER_WORDS],
      ['content is junk', 'echo junkjunkjunk > $(object archive $(content archive /etc/conf) filez)', BETTER_WORDS],
    ];
    it.each(damage.map(([title, script, agreement]) => ({ title, script, agreement })))('$title', ({ script, agreement }) => {
      expect(runInBoth(fresh(), [prepare(script), fsck()], agreement).status).toBe(1);
    });

    it('a parent commit that is missing is none of them', () => {
      expect(runInBoth(fresh(), [prepare('rm $(object archive $(rev archive main^) commit)'), fsck()]).status).toBe(0);
    });
  });

  const CORRUPT_BARE = 'echo longer >> $(object bare $(content bare /etc/conf) file)';

  it('collects with --all, and deletes with --delete what it then misses', () => {
    const last = runInBoth(fresh(), [prepare(CORRUPT_BARE), fsck('-a', 'bare'), fsck('--delete', 'bare'), fsck('', 'bare'), fsck('-q -a', 'bare')]);
    expect(last).toMatchObject({ status: 1, stderr: 'error: 1 partial commits from fsck-detected corruption\n' });
  });

  it('marks the commits that lack an object as ostree marks them', () => {
    const twins = fresh();
    runInBoth(twins, [prepare('rm $(object archive $(content archive /etc/conf) filez)'), fsck(), fsck()]);
    const [ours, theirs] = [twins.ours, twins.theirs].map((world) => marksIn(inWorld(world, 'archive/state')));
    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(2);
  });

  describe('partial commits', () => {
    it.each([
      ['', 0],
      ['f', 1],
    ])('are not verified (mark "%s")', (mark, status) => {
      const script = `printf '%s' "${mark}" > archive/state/$(rev archive main).commitpartial`;
      expect(runInBoth(fresh(), [prepare(script), fsck(), fsck('-q -a')]).status).toBe(status);
    });

    it('may lack objects', () => {
      const script = ': > archive/state/$(rev archive main).commitpartial; : > archive/state/$(rev archive sized).commitpartial';
      const last = runInBoth(fresh(), [prepare(`${script}; rm $(object archive $(content archive /etc/conf) filez)`), fsck()]);
      expect(last.status).toBe(0);
    });
  });

  describe('refs', () => {
    const cases: readonly RefCase[] = [
      ['leading nowhere', 1, 'echo $(rev archive main | tr 0-9 1-90) > archive/refs/heads/bad', ''],
      ['leading nowhere, of a remote', 1, 'mkdir -p archive/refs/remotes/o; echo $(rev archive main | tr 0-9 1-90) > archive/refs/remotes/o/bad', '-a'],
      ['leading nowhere, of a collection', 1, 'mkdir -p archive/refs/mirrors/org.Foo; echo $(rev archive main | tr 0-9 1-90) > archive/refs/mirrors/org.Foo/bad', ''],
      ['holding no checksum', 1, 'echo garbage > archive/refs/heads/bad', '', BETTER_WORDS],
      ['that the commit does not name', 1, 'cp archive/refs/heads/main archive/refs/heads/other', '--verify-bindings'],
      ['of a commit that names none', 0, 'ostree --repo=archive commit --timestamp=@2 --no-bindings -b free --tree=dir=t > /dev/null', '--verify-bindings'],
      ['of a commit with several names', 1, 'ostree --repo=archive commit --timestamp=@2 -b n --bind-ref=z --bind-ref=a --tree=dir=t > /dev/null; cp archive/refs/heads/n archive/refs/heads/o', '--verify-bindings'],
      ['that the commit does not name, which back-refs do not see', 1, 'cp archive/refs/heads/main archive/refs/heads/other', '--verify-back-refs', { sameErrors: false }],
      ['that lead to a newer commit', 1, ':', '--verify-back-refs', { sameErrors: false }],
      ['of a collection without bindings', 1, 'mkdir -p archive/refs/mirrors/org.Foo; cp archive/refs/heads/main archive/refs/mirrors/org.Foo', '--verify-bindings'],
    ];
    it.each(cases.map(([title, status, script, words, agreement]) => ({ title, status, script, words, agreement })))('$title', ({ status, script, words, agreement }) => {
      expect(runInBoth(fresh(), [prepare(script), fsck(words)], agreement).status).toBe(status);
    });

    it('of a repository with a collection, whose commits are bound to it', () => {
      const script = `ostree --repo=col init --mode=archive --collection-id=org.example.Col
        ostree --repo=col commit --timestamp=@2 -b one --tree=dir=t > /dev/null; ostree --repo=col commit --timestamp=@2 -b two --bind-ref=zwei --tree=dir=t > /dev/null`;
      const other = 'ostree --repo=col refs --create=zwei two; ostree --repo=col config set core.collection-id org.other.Col';
      const twins = fresh();
      runInBoth(twins, [prepare(script), fsck('--verify-bindings', 'col')]);
      const last = runInBoth(twins, [fsck('--verify-back-refs', 'col'), prepare(other), fsck('--verify-bindings', 'col')], { sameErrors: false });
      expect(last.status).toBe(1);
    });
  });

  it('leaves a tombstone for a missing parent and keeps the child, which ostree deletes', () => {
    const { ours } = fresh();
    const parent = run(ostree, ['--repo=archive', 'rev-parse', 'main^'], { cwd: ours.path }).stdout.trim();
    const removed = run({ name: 'coppice', words: ['rm'] }, [`archive/objects/${parent.slice(0, 2)}/${parent.slice(2)}.commit`], { cwd: ours.path });
    expect(removed.status).toBe(0);
    const first = run(coppice, ['--repo=archive', 'fsck', '--add-tombstones'], { cwd: ours.path });
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toContain(`Adding tombstone for commit ${parent}\n`);
    expect(run(ostree, ['--repo=archive', 'fsck'], { cwd: ours.path })).toMatchObject({ status: 0 });
    expect(run(ostree, ['--repo=archive', 'config', 'get', 'core.tombstone-commits'], { cwd: ours.path }).stdout).toBe('true\n');
    const second = run(coppice, ['--repo=archive', 'fsck', '--add-tombstones'], { cwd: ours.path });
    expect(second.stdout).not.toContain('tombstone');
  });

  it('finds bytes behind the end of a deflate stream, which ostree does not read', () => {
    const twins = fresh();
    runInBoth(twins, [prepare('echo x >> $(object archive $(content archive /etc/conf) filez)')]);
    for (const engine of ['native', 'wasm', 'js']) {
      expect(run(coppice, ['--repo=archive', `--engine=${engine}`, 'fsck'], { cwd: twins.ours.path }).status).toBe(1);
    }
  });

  it('tells every problem as JSON and goes on after the first', () => {
    const twins = fresh();
    runInBoth(twins, [prepare(`${CORRUPT_BARE}; rm $(object bare $(content bare /newfile) file)`)]);
    const { stdout, status } = run(coppice, ['--repo=bare', 'fsck', '--json'], { cwd: twins.ours.path });
    expect(status).toBe(1);
    const report: { readonly problems: readonly { readonly kind: string }[] } = JSON.parse(stdout);
    expect(report.problems.map(({ kind }) => kind).toSorted()).toEqual(['corrupt', 'missing']);
    expect(report).toMatchObject({ ok: false, deletedObjects: 0, markedPartial: [expect.any(String)] });
  });

  it.each(['--engine=js', '--engine=wasm', '--threads=0', '--threads=3'])('gives the same verdict with %s', (setting) => {
    const twins = fresh();
    runInBoth(twins, [prepare(`${FLIP}; flip $(object archive $(content archive /newdir/a) filez)`)]);
    const verdicts = [coppice, withWords(coppice, setting)].map((program) => run(program, ['--repo=archive', 'fsck', '-a'], { cwd: twins.ours.path }));
    expect(verdicts[1]?.stdout).toBe(verdicts[0]?.stdout);
    expect(verdicts[1]?.status).toBe(1);
  });

  it('checks a repository that it may only read', () => {
    expect(runInBoth(fresh(), [shell('chmod -R a-w archive'), fsck('-q')]).status).toBe(0);
  });
});
