import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { readVariant } from '../../src/format/gvariant/read.ts';
import { readSummary, writeSummary } from '../../src/format/summary.ts';
import { coppice, ostree, run, succeedWords, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Twins, World } from '../support/twins.ts';

/** Refs whose names sort by bytes, versions, an alias, refs of remotes and collections, deltas from scratch and between commits. */
const HISTORY = `
mkdir tree
commit() { echo "$1 $2" > tree/a; ostree --repo=repo commit -b $1 -s "$1 $2" --timestamp=@$3 tree "$4" > /dev/null; }
n=1700000000
for b in zeta a-b a.b a/b os/main ünï; do n=$((n + 1)); commit $b 1 $n --add-metadata-string=version=1.$b; done
commit plain 1 -5000000000 --no-bindings; commit far 1 400000000000 --no-bindings
ostree --repo=repo refs --create=al --alias os/main
ostree --repo=repo refs --create=origin:os/x os/main
printf '\\n[remote "other"]\\nurl=http://127.0.0.1\\ncollection-id=org.other.Repo\\n' >> repo/config
ostree --repo=repo refs --create=other:far os/main
ostree --repo=repo refs --collections --create=org.b.B:m zeta; ostree --repo=repo refs --collections --create=org.a.A:z zeta
ostree --repo=repo refs --collections --create=org.a.A:b a/b
`;
const DELTAS = `
for i in 2 3 4 5 6 7 8; do commit os/main $i $((n + i)) --no-bindings; done
to=$(ostree --repo=repo rev-parse os/main); r=os/main
for i in 1 2 3 4 5 6; do r=$r^; ostree --repo=repo static-delta generate --from=$(ostree --repo=repo rev-parse $r) --to=$to > /dev/null 2>&1; done
for r in os/main os/main^ zeta; do ostree --repo=repo static-delta generate --empty --to=$(ostree --repo=repo rev-parse $r) > /dev/null 2>&1; done
`;

const MANY = Array.from({ length: 40 }, (_, index) => `-m k${index}.é=${index * 7}`).join(' ');
const ADDED: readonly string[] = [
  '',
  "-m x.a=1 -m x.b='q' -m x.c={'a':<1>} -m x.a=2",
  '-m ostree.summary.tombstone-commits=3',
  "-m ostree.summary.mode='hi' -m ostree.summary.collection-id='org.f.F'",
  "-m =1 --add-metadata=a=b'hi' -m b=[1,2] -m c=(true,'x')",
  MANY,
];

describeWith([needs.referee], 'summary answers as ostree does and writes the same bytes', () => {
  const scratch = new Scratch('summary');
  const templates = new Map<string, string>();
  const template = (name: string, script: string, flags = ''): void => {
    const path = scratch.fresh(`template-${name}`);
    succeedWords(['sh', '-ec', `mkdir ${path}; cd ${path}; ostree --repo=repo init --mode=archive ${flags}; ${script}`]);
    templates.set(name, path);
  };
  const fresh = (name = 'plain'): Twins => makeTwins(scratch, templates.get(name) ?? '');
  const summary = (words: string) => command(`--repo=repo summary ${words}`);
  const bytesOf = (world: World): Buffer => readFileSync(inWorld(world, 'repo/summary'));

  beforeAll(() => {
    template('plain', HISTORY);
    template('deltas', HISTORY + DELTAS);
    template('collection', HISTORY, '--collection-id=org.own.Repo');
    template('empty', 'true');
  });

  /** Both in one second, so that not even the times may differ. */
  function updateBoth(name: string, words: string, prepare = 'true'): Twins {
    for (;;) {
      const twins = fresh(name);
      runInBoth(twins, [shell(prepare)]);
      const begun = Math.floor(Date.now() / 1000);
      runInBoth(twins, [summary(`-u ${words}`)]);
      if (Math.floor(Date.now() / 1000) === begun) return twins;
    }
  }

  function expectSame({ ours, theirs }: Twins): void {
    expect(bytesOf(ours).equals(bytesOf(theirs))).toBe(true);
    expect(statSync(inWorld(ours, 'repo/summary')).mode).toBe(statSync(inWorld(theirs, 'repo/summary')).mode);
    expect(readFileSync(inWorld(ours, 'repo/config'), 'utf8')).toBe(readFileSync(inWorld(theirs, 'repo/config'), 'utf8'));
    expect(Buffer.from(writeSummary(readSummary(bytesOf(theirs)))).equals(bytesOf(theirs))).toBe(true);
  }

  it.each(ADDED)('summary -u %s', (words) => {
    const twins = updateBoth('plain', words);
    expectSame(twins);
    runInBoth(twins, [summary('-v'), summary('--raw'), summary('--raw -v')]);
  });

  it.each(['plain', 'deltas', 'collection', 'empty'])('in the repository "%s"', (name) => {
    const twins = updateBoth(name, '-m my.key=7');
    expectSame(twins);
    runInBoth(twins, [summary('-v'), summary('--raw'), shell('ls repo; find repo/refs -type f | sort')]);
  });

  it.each([
    ['no-deltas-in-summary', 'ostree --repo=repo config set core.no-deltas-in-summary true'],
    ['tombstone-commits', 'ostree --repo=repo config set core.tombstone-commits 1'],
    ['the word archive', "sed -i 's/archive-z2/archive/' repo/config"],
    ['no refs', 'rm -r repo/refs/heads/* repo/refs/mirrors/*'],
  ])('with %s', (_title, prepare) => {
    expectSame(updateBoth('deltas', '', prepare));
  });

  it('indexes deltas, and forgets indexes of deltas that are gone', () => {
    const twins = updateBoth('deltas', '');
    const files = succeedWords(['sh', '-c', 'cd "$1" && find delta-indexes -type f | sort', 'sh', inWorld(twins.theirs, 'repo')]).trim().split('\n');
    expect(files).toHaveLength(3);
    for (const file of files) expect(entries(twins.ours, file)).toEqual(entries(twins.theirs, file));
    runInBoth(twins, [shell('rm -r repo/deltas/*'), summary('-u'), shell('find repo/delta-indexes | sort')]);
  });

  /** The order inside an index changes from run to run of ostree. */
  function entries(world: World, file: string): Map<unknown, unknown> {
    const value = readVariant('a{sv}', readFileSync(inWorld(world, `repo/${file}`)));
    const text = JSON.stringify(value, (_key, item: unknown) => (item instanceof Uint8Array ? Buffer.from(item).toString('hex') : item));
    const [[, list]] = JSON.parse(text) as [[string, { value: [string, unknown][] }]];
    return new Map(list.value);
  }

  it('writes a metadata commit for a collection, the old one its parent', () => {
    const twins = fresh('collection');
    const env = { SOURCE_DATE_EPOCH: '1234' };
    const update = command('--repo=repo summary -u -m b.c=7', { env });
    const log = command('--repo=repo log ostree-metadata');
    runInBoth(twins, [update, log, command('--repo=repo show --raw ostree-metadata'), command('--repo=repo summary -u', { env }), log]);
    runInBoth(twins, [command('--repo=repo ls -R ostree-metadata'), command('--repo=repo summary -u', { env: { SOURCE_DATE_EPOCH: 'x' } }), command('--repo=repo fsck -q')]);
  });

  it.each(['', '-v', '--raw', '-m a=1', '-u -m foo', '-u -m foo=', '-u -m foo=bar', 'word', '--list-words'])('refuses "summary %s" where there is none', (words) => {
    runInBoth(fresh(), [summary(words), shell('ls repo')]);
  });

  it('shows times in the zone of the machine', () => {
    const twins = fresh();
    runInBoth(twins, [shell('rm repo/refs/heads/plain; ostree --repo=repo summary -u')]);
    writeFileSync(inWorld(twins.ours, 'repo/summary'), bytesOf(twins.theirs));
    for (const zone of ['Asia/Kolkata', 'America/New_York', 'UTC', 'Asia/Kathmandu']) runInBoth(twins, [command('--repo=repo summary -v', { env: { TZ: zone } })]);
  });

  it.each([
    ['a commit that is not there', "printf '%064d\\n' 0 > repo/refs/heads/bad", true],
    ['an alias that leads nowhere', 'ln -s nowhere repo/refs/heads/bad', true],
    ['no checksum', 'echo xyz > repo/refs/heads/bad', false],
    ['no checksum in a collection', 'echo xyz > repo/refs/mirrors/org.b.B/bad', false],
  ])('keeps the old summary when a ref holds %s', (_title, script, sameErrors) => {
    const twins = updateBoth('plain', '');
    runInBoth(twins, [shell(`${script}; touch repo/summary.sig; cp repo/summary before`), summary('-u'), shell('cmp before repo/summary; ls repo')], { sameErrors });
  });

  it('removes the signature of the old one', () => {
    runInBoth(fresh(), [shell('touch repo/summary.sig'), summary('-u'), shell('ls repo')]);
  });

  it('takes refs of a parent repository for its own where it has the commits', () => {
    const script = `ostree --repo=child init --mode=bare-user-only; printf 'parent=%s/repo\\n' "$PWD" >> child/config; ostree --repo=child refs --create=x zeta`;
    const twins = fresh();
    runInBoth(twins, [shell(script), command('--repo=child summary -u'), command('--repo=child refs')]);
    const views = [twins.ours, twins.theirs].map((world) => run(ostree, ['--repo=child', 'summary', '-v'], { cwd: world.path }).stdout.replace(/Last-Modified.*/, ''));
    expect(views[0]).toContain('* x');
    expect(views[0]).toBe(views[1]);
  });

  const AUTO: readonly (readonly [string, string])[] = [
    ['a commit', 'commit -b new tree'],
    ['an orphan', 'commit --orphan tree'],
    ['a commit of what is there', 'commit -b new2 --tree=ref=zeta'],
    ['a new ref', 'refs --create=new zeta'],
    ['a new alias', 'refs --create=new --alias zeta'],
    ['a new ref of a collection', 'refs -c --create=org.c.C:new zeta'],
    ['a ref that goes', 'refs --delete zeta'],
    ['a ref that is not there', 'refs --delete nothing'],
    ['a collection that goes', 'refs -c --delete org.a.A'],
    ['a reset', 'reset plain zeta'],
    ['a pull of what is there', 'pull-local repo zeta'],
    ['a pull for a remote', 'pull-local --remote=r repo zeta'],
    ['pruning', 'prune --refs-only'],
    ['fsck', 'fsck -q'],
  ];

  it.each(AUTO)('core.auto-update-summary after %s', (_title, words) => {
    const twins = fresh();
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const agreement = { sameOutput: !words.startsWith('pull-local') };
    runInBoth(twins, [shell('ostree --repo=repo config set core.auto-update-summary true; touch repo/summary.sig'), command(`--repo=repo ${words}`, { env })], agreement);
    runInBoth(twins, [shell("ls repo; ostree --repo=repo summary -v 2>&1 | grep -v Last-Modified")]);
  });

  it('with every engine', () => {
    for (const engine of ['js', 'wasm']) {
      const { ours, theirs } = fresh('deltas');
      run(withWords(coppice, `--engine=${engine}`), ['--repo=repo', 'summary', '-u'], { cwd: ours.path });
      run(ostree, ['--repo=repo', 'summary', '-u'], { cwd: theirs.path });
      expect(readSummary(bytesOf(ours)).refs).toEqual(readSummary(bytesOf(theirs)).refs);
    }
  });
});

describeWith([needs.referee], 'summary, where coppice goes its own way', () => {
  const scratch = new Scratch('summary-own');
  const made = (): string => {
    const path = scratch.fresh('repo');
    succeedWords(['sh', '-ec', `mkdir ${path}-tree; ostree --repo=${path} init --mode=archive; ostree --repo=${path} commit -b main ${path}-tree --timestamp=@1700000000; ostree --repo=${path} summary -u -m a.b='"x"'`]);
    return path;
  };
  const answer = (repo: string, ...words: readonly string[]) => run(coppice, [`--repo=${repo}`, 'summary', ...words]);

  it('lists keys and prints one, as later versions of ostree do', () => {
    const repo = made();
    expect(answer(repo, '--list-metadata-keys').stdout.split('\n').toSorted().join(' ').trim()).toBe(
      'a.b ostree.summary.indexed-deltas ostree.summary.last-modified ostree.summary.mode ostree.summary.tombstone-commits',
    );
    expect(answer(repo, '--print-metadata-key=a.b').stdout).toBe("'x'\n");
    expect(answer(repo, '--print-metadata-key=ostree.summary.last-modified').stdout).toMatch(/^uint64 1\d{9}\n$/);
    expect(answer(repo, '--print-metadata-key=nope')).toMatchObject({ status: 1, stderr: "error: No such metadata key 'nope'\n" });
  });

  it('tells it as JSON', () => {
    const repo = made();
    const shown = JSON.parse(answer(repo, '-v', '--json').stdout) as Record<string, unknown>;
    const checksum = run(ostree, [`--repo=${repo}`, 'rev-parse', 'main']).stdout.trim();
    expect(shown).toMatchObject({ version: 1, collectionId: null, collections: [], refs: [{ ref: 'main', checksum }] });
    expect(shown['metadata']).toMatchObject({ 'a.b': "'x'", 'ostree.summary.mode': "'archive-z2'" });
    expect(JSON.parse(answer(repo, '-u', '--json').stdout)).toMatchObject({ version: 1, refs: 1, deltas: 0, metadataCommit: null });
  });

  it.each([['no bytes', ''], ['garbage', 'garbage garbage garbage garbage garbage\u0005']])('refuses a summary of %s, which ostree shows as empty', (_title, bytes) => {
    const repo = made();
    writeFileSync(`${repo}/summary`, bytes);
    for (const flag of ['-v', '--raw', '--list-metadata-keys']) expect(answer(repo, flag)).toMatchObject({ status: 1, stdout: '' });
  });

  it('refuses to sign', () => {
    const repo = made();
    for (const flag of ['--gpg-sign=x', '--sign=x']) expect(answer(repo, '-u', flag)).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error: summary --(gpg-)?sign is not built yet\n/) });
  });

  it('leaves nothing half-written behind', () => {
    const repo = made();
    rmSync(`${repo}/summary`);
    mkdirSync(`${repo}/summary`);
    expect(answer(repo, '-u').status).toBe(1);
    expect(answer(repo, '-v').stderr).toBe('error: Is a directory\n');
    expect(existsSync(`${repo}/tmp/.summary`)).toBe(false);
    expect(succeedWords(['ls', '-A', `${repo}/tmp`])).toBe('cache');
  });
});
