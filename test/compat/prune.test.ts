import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, ostree, run, succeedWords, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Agreement, Twins } from '../support/twins.ts';

/**
 * Three branches with histories (`one`, 5 commits; `two`, 3, which shares files; `remote:three`, 2), an alias, a mirrored
 * ref, an orphan commit with detached metadata, a partial commit, deltas, and files that are no objects.
 */
const HISTORY = `
mkdir tree
commit() { echo "$1 $2" > tree/$1-$2; mkdir -p tree/dir; echo same > tree/dir/same; ostree --repo=repo commit -b $1 -s "$1 $2" --timestamp=@$3 tree > /dev/null; }
for i in 1 2 3 4 5; do commit one $i $((1000000 + i * 100000)); done
rm -r tree; mkdir tree
for i in 1 2 3; do commit two $i $((2000000 + i * 100000)); done
for i in 1 2; do commit three $i $((3000000 + i)); done
ostree --repo=repo refs --create remote:three three; ostree --repo=repo refs --delete three
ostree --repo=repo refs --create alias -A one
ostree --repo=repo commit --orphan -s orphan --timestamp=@5 --add-detached-metadata-string=a=b tree > orphan
mkdir -p repo/refs/mirrors/org.example.Os repo/objects/00
ostree --repo=repo rev-parse one^^ > repo/refs/mirrors/org.example.Os/main
ostree --repo=repo static-delta generate --from=one^ --to=one > /dev/null
ostree --repo=repo static-delta generate --empty --to=one^^^ > /dev/null
echo x > repo/objects/00/not-an-object
touch repo/state/$(ostree --repo=repo rev-parse one^^^).commitpartial
mkdir -p repo/tmp/cache/summaries; touch repo/tmp/cache/summaries/gone repo/tmp/cache/summaries/gone.sig
`;
/** Whatever is on disk, tmp/cache/ and times apart. */
const SURVIVORS = 'cd repo; find objects deltas delta-indexes state refs uncompressed-objects-cache config tmp/cache/summaries 2>/dev/null | sort; cat config';

const OPTIONS: readonly string[] = [
  '',
  '--refs-only',
  '--refs-only --depth=0',
  '--refs-only --depth=1',
  '--refs-only --depth=-2',
  '--depth=0',
  '--refs-only --depth=1 --commit-only',
  '--commit-only',
  '--refs-only --depth=0 --no-prune',
  '--no-prune --commit-only --refs-only --depth=0',
  '--keep-younger-than=@1300000 --only-branch=one',
  '--only-branch=one --depth=0',
  '--only-branch=one --only-branch=two --depth=0',
  '--only-branch=one --depth=0 --retain-branch-depth=two=0',
  '--only-branch=one --depth=0 --retain-branch-depth=two=1',
  '--only-branch=one^ --depth=0',
  '--only-branch=remote:three --depth=0',
  '--retain-branch-depth=one=1',
  '--retain-branch-depth=one=1 --keep-younger-than=@2200000',
  '--retain-branch-depth=one=3x --retain-branch-depth=two=4294967297',
  '--retain-branch-depth=one=99999999999999999999',
  '--only-branch=nope',
  '--retain-branch-depth=one',
  '--retain-branch-depth=one=',
  '--retain-branch-depth=one=x',
  '--keep-younger-than=garbage',
  '--static-deltas-only',
  '--delete-commit=one',
  '--delete-commit=o',
  '--delete-commit=0000000000000000000000000000000000000000000000000000000000000000',
  '--depth=x',
  'extra words',
];

describeWith([needs.referee, needs.native], 'prune answers as ostree does and leaves the same', () => {
  const scratch = new Scratch('prune');
  const templates = new Map<string, string>();
  const makeTemplate = (mode: string): string => {
    const path = scratch.fresh(`template-${mode}`);
    succeedWords(['sh', '-ec', `mkdir ${path}; cd ${path}; ostree --repo=repo init --mode=${mode}; ${HISTORY}`]);
    return path;
  };
  const fresh = (mode = 'archive'): Twins => makeTwins(scratch, templates.get(mode) ?? '');
  const prune = (words: string) => command(`--repo=repo prune ${words}`);
  const both = (twins: Twins, script: string, words: string, agreement: Agreement = {}) =>
    runInBoth(twins, [shell(script), prune(words), shell(SURVIVORS)].slice(script === '' ? 1 : 0), agreement);

  beforeAll(() => {
    for (const mode of ['archive', 'bare-user', 'bare-user-only']) templates.set(mode, makeTemplate(mode));
  });

  it.each(OPTIONS)('prune %s', (words) => {
    const isRehearsal = words.includes('--no-prune');
    const twins = fresh();
    // with --no-prune ostree drops cached summaries all the same
    const survivors = isRehearsal ? SURVIVORS.replace('tmp/cache/summaries', '') : SURVIVORS;
    // what a ref reached ends the walk of another in ostree, in the order of a hash table: no two share a history here
    if (/branch|younger/.test(words)) runInBoth(twins, [shell('rm -r repo/refs/mirrors/org.example.Os repo/refs/heads/alias')]);
    runInBoth(twins, [prune(words), shell(survivors), prune('--refs-only'), shell(SURVIVORS)], { sameErrors: true });
  });

  it.each(['bare-user', 'bare-user-only'])('in mode %s', (mode) => {
    both(fresh(mode), '', '--refs-only --depth=0');
  });

  it.each([
    ['a commit in the middle', 'one^^', ''],
    ['a commit and its deltas only', 'one', '--static-deltas-only'],
    ['a commit that a ref names', 'one', ''],
    ['a commit that a mirrored ref names', 'one^^', '--refs-only'],
    ['a commit while older ones go', 'two^^', '--refs-only --depth=0'],
    ['a commit, commits only', 'two^^', '--commit-only'],
  ] as const)('deletes %s', (_title, rev, words) => {
    const twins = fresh();
    const script = `rm -r repo/refs/mirrors/* repo/refs/heads/alias; ${_title.includes('mirrored') ? 'mkdir repo/refs/mirrors/org.example.Os; ostree --repo=repo rev-parse one^^ > repo/refs/mirrors/org.example.Os/main' : ''}`;
    const checksum = run(ostree, ['--repo=repo', 'rev-parse', rev], { cwd: twins.ours.path }).stdout.trim();
    both(twins, script, `--delete-commit=${checksum} ${words}`);
  });

  describe('repositories that lack something', () => {
    const HELPERS = `
object() { echo repo/objects/$(echo $1 | cut -c1-2)/$(echo $1 | cut -c3-).$2; }
rev() { ostree --repo=repo rev-parse $1; }
tree() { ostree --repo=repo ls -dC $1 / | awk '{print $5}'; }
`;
    it.each([
      ['a commit in the middle of a history', 'rm $(object $(rev one^) commit)', '--refs-only'],
      ['the commit of a ref', 'rm $(object $(rev two) commit)', '--refs-only'],
      ['a dirtree of a complete commit', 'rm $(object $(tree one) dirtree)', '--refs-only'],
      ['a dirtree of a commit that is to go', 'rm $(object $(tree two^^) dirtree)', '--refs-only --depth=0'],
      ['a dirtree of a partial commit', 'touch repo/state/$(rev one).commitpartial; rm $(object $(tree one) dirtree)', '--refs-only --depth=1'],
      ['a dirtree behind a partial commit', 'touch repo/state/$(rev one).commitpartial; rm $(object $(tree one^) dirtree)', '--refs-only'],
      ['the target of a delta', 'rm repo/refs/heads/* repo/refs/mirrors/*/*', '--refs-only'],
    ])('%s', (_title, script, words) => {
      both(fresh(), `${HELPERS}${script}`, words);
    });
  });

  it('keeps payload links to content that is kept and large enough', () => {
    const link = `target=$(find repo/objects -name '*.file' -size +0 | sort | head -1 | cut -d/ -f3-); one=$(printf '1%.0s' $(seq 62))
      mkdir -p repo/objects/11 repo/objects/12; ln -s ../$target repo/objects/11/$one.payload-link; ln -s ../22/$one.file repo/objects/12/$one.payload-link
      printf '[core]\\nrepo_version=1\\nmode=bare-user\\npayload-link-threshold=%s\\n'`;
    for (const threshold of ['0', '100000', '-1']) both(fresh('bare-user'), `${link} ${threshold} > repo/config`, '--refs-only');
    runInBoth(fresh('bare-user'), [shell(`${link} 0 > repo/config`), prune('--no-prune')]);
    runInBoth(fresh('bare-user'), [shell(`${link} 0 > repo/config; ln -sf short repo/objects/11/$one.payload-link`), prune('--refs-only')]);
  });

  it('counts neither detached metadata nor tombstones nor content of other modes', () => {
    const zeros = "z=$(printf '0%.0s' $(seq 62)); for e in commitmeta tombstone-commit file filez dirmeta; do echo $e > repo/objects/00/$z.$e; done; echo x > repo/objects/00/${z}0.filez";
    both(fresh(), zeros, '--refs-only');
  });

  it('leaves tombstones where the config asks for them', () => {
    both(fresh(), 'ostree --repo=repo config set core.tombstone-commits true', '--refs-only --depth=0');
  });

  it('keeps the own objects of a repository whose history lies in its parent', () => {
    const child = `mv repo base; ostree init --repo=repo --mode=archive; printf '[core]\\nrepo_version=1\\nmode=archive-z2\\nparent=%s/base\\n' $PWD > repo/config
      mkdir more; echo n > more/n; ostree --repo=repo commit -b mine --parent=$(ostree --repo=base rev-parse one) --timestamp=@9 more; echo m > more/n; ostree --repo=repo commit -b mine --timestamp=@10 more
      rm -rf repo/tmp/cache`;
    for (const words of ['', '--refs-only --depth=0', '--refs-only --depth=1']) {
      runInBoth(fresh(), [shell(child), prune(words), shell('find repo/objects | sort')]);
    }
  });

  it('refuses where it may not write, and counts there all the same', () => {
    const twins = fresh();
    for (const { path, program } of [twins.ours, twins.theirs]) {
      const words = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...program.words, '--repo=repo', 'prune'];
      const refused = run({ name: program.name, words }, [], { cwd: path });
      expect(refused).toMatchObject({ status: 1, stderr: 'error: Cannot write to repository: Permission denied\n' });
      expect(run({ name: program.name, words }, ['--no-prune'], { cwd: path }).stdout).toMatch(/^Total objects: \d+\n/);
    }
  });

  it.each(['--engine=js', '--engine=wasm', '--threads=0', '--threads=4'])('does the same with %s', (word) => {
    const twins = fresh();
    const ours = run(withWords(coppice, word), ['--repo=repo', 'prune', '--refs-only', '--depth=0'], { cwd: twins.ours.path });
    const theirs = run(ostree, ['--repo=repo', 'prune', '--refs-only', '--depth=0'], { cwd: twins.theirs.path });
    expect(ours.stdout).toBe(theirs.stdout);
    runInBoth(twins, [shell(SURVIVORS)]);
  });

  describe('where ostree loses what it should keep, ours does not', () => {
    const survivors = (twins: Twins): string => succeedWords(['sh', '-c', SURVIVORS], { cwd: twins.ours.path });
    const OURS = (twins: Twins, words: readonly string[]) => run(coppice, ['--repo=repo', 'prune', ...words], { cwd: inWorld(twins.ours, '.') });

    it.each([
      ['a ref that holds no checksum', 'echo garbage > repo/refs/heads/one', /Invalid rev garbage/],
      ['a damaged dirtree', "t=$(ostree --repo=repo ls -dC one / | awk '{print $5}' | sed 's,..,&/,'); echo x >> repo/objects/$t.dirtree", /corrupted dirtree object/],
      ['a damaged commit', "t=$(ostree --repo=repo rev-parse one | sed 's,..,&/,'); echo x >> repo/objects/$t.commit", /corrupted commit object/],
    ] as const)('%s ends the run, and nothing is deleted', (_title, script, message) => {
      const twins = fresh();
      succeedWords(['sh', '-ec', script], { cwd: twins.ours.path });
      const before = survivors(twins);
      const result = OURS(twins, ['--refs-only', '--depth=0']);
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(message);
      expect(survivors(twins)).toBe(before);
    });

    it('--keep-younger-than keeps what refs of collections lead to', () => {
      const twins = fresh();
      succeedWords(['sh', '-ec', 'rm repo/refs/heads/one repo/refs/heads/alias'], { cwd: twins.ours.path });
      expect(OURS(twins, ['--keep-younger-than=@9000000']).status).toBe(0);
      const mirrored = 'ostree --repo=repo ls -R $(cat repo/refs/mirrors/org.example.Os/main)';
      expect(succeedWords(['sh', '-ec', mirrored], { cwd: twins.ours.path })).toContain('/one-3');
    });

    it('a ref keeps its whole history, whatever another one with less depth has reached', () => {
      const twins = fresh();
      succeedWords(['sh', '-ec', 'rm repo/refs/heads/alias; for n in 1 2 3 4 5 6; do ostree --repo=repo refs --create tip$n two^; done'], { cwd: twins.ours.path });
      const words = ['--depth=0', ...[1, 2, 3, 4, 5, 6].map((n) => `--only-branch=tip${n}`)];
      expect(OURS(twins, words).status).toBe(0);
      expect(succeedWords(['ostree', '--repo=repo', 'log', 'two'], { cwd: twins.ours.path })).toContain('two 1');
    });

    it('--no-prune deletes no static delta', () => {
      const twins = fresh();
      succeedWords(['sh', '-ec', "t=$(ostree --repo=repo rev-parse one | sed 's,..,&/,'); rm repo/objects/$t.commit"], { cwd: twins.ours.path });
      const before = survivors(twins);
      expect(OURS(twins, ['--no-prune']).status).toBe(0);
      expect(survivors(twins)).toBe(before);
    });
  });

  it('refuses to delete a commit and nothing at once, with the usage', () => {
    const result = run(coppice, ['--repo=repo', 'prune', '--no-prune', '--delete-commit=x'], { cwd: fresh().ours.path });
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/^Usage:[^]*error: Cannot specify both --delete-commit and --no-prune\n$/);
  });

  it('tells it all as JSON', () => {
    const twins = fresh();
    const { stdout } = run(coppice, ['--repo=repo', 'prune', '--refs-only', '--depth=0', '--json'], { cwd: twins.ours.path });
    const theirs = run(ostree, ['--repo=repo', 'prune', '--refs-only', '--depth=0'], { cwd: twins.theirs.path }).stdout;
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(theirs).toContain(`Total objects: ${String(report['objectsTotal'])}\nDeleted ${String(report['objectsPruned'])} objects`);
    expect(report).toMatchObject({ noPrune: false, deletedCommit: null });
  });
});
