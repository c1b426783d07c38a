import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, ostree, run, succeedWords, withWords } from '../support/program.ts';
import type { Finished } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

/** Two branches that share files, an executable, a symlink, an empty file, a private directory, one that is also setgid, detached metadata. */
const MODEL = `
mkdir -p tree/etc/deep tree/usr; cd tree
echo conf > etc/conf; echo deep > etc/deep/x; ln -s conf etc/link; : > usr/empty; chmod 700 etc/deep; mkdir -m 2710 etc/shared; echo shared > etc/shared/x; head -c 300000 /dev/urandom > usr/big; chmod 755 usr/big
cd ..
for m in bare bare-user bare-user-only archive; do ostree --repo=$m init --mode=$m; done
ostree --repo=bare commit -b main --canonical-permissions --add-detached-metadata-string=a=b --tree=dir=tree
echo more > tree/etc/more
ostree --repo=bare commit -b next --canonical-permissions --tree=dir=tree
for m in bare-user bare-user-only archive; do ostree --repo=$m pull-local bare; done
`;
const MODES = ['bare', 'bare-user', 'bare-user-only', 'archive'] as const;
type Mode = (typeof MODES)[number];
/** One of another mode for each. */
const OTHER: Readonly<Record<Mode, Mode>> = { bare: 'archive', 'bare-user': 'bare', 'bare-user-only': 'bare-user', archive: 'bare-user-only' };

type Damage = (path: string) => void;
const flip: Damage = (path) => {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  if (bytes.length > 0) bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes.length > 0 ? bytes : 'x');
};
const DAMAGES: Readonly<Record<string, Damage>> = {
  flipped: flip,
  'cut short': (path) => truncateSync(path, Math.max(statSync(path).size - 1, 0)),
  emptied: (path) => truncateSync(path, 0),
  missing: unlinkSync,
};

/** Damages every object whose file name fits; a symlink is made to lead elsewhere. The empty file cannot be cut. */
function damageAll(repo: string, damage: Damage, wanted = /./): number {
  const paths = readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(repo, 'objects', name))
    .filter((path) => wanted.test(path) && !lstatSync(path).isDirectory() && !path.endsWith('.commitmeta'));
  for (const path of paths) damageOne(path, damage);
  return paths.length;
}

function damageOne(path: string, damage: Damage): void {
  if (!lstatSync(path).isSymbolicLink()) return damage(path);
  const target = readlinkSync(path);
  unlinkSync(path);
  if (damage !== unlinkSync) symlinkSync(`${target}-elsewhere`, path);
}

describeWith([needs.referee, needs.native], 'fsck --repair', () => {
  const scratch = new Scratch('fsck-repair');
  const model = scratch.fresh('model');
  const at = (name: string): string => join(model, name);
  beforeAll(() => {
    succeedWords(['sh', '-ec', `mkdir ${model}; cd ${model}; ${MODEL}`]);
  });

  /** A copy whose inodes are its own, xattrs kept. */
  function copyOf(name: string): string {
    const path = scratch.fresh(name);
    succeedWords(['cp', '-a', at(name), path]);
    return path;
  }
  const repair = (repo: string, sources: readonly string[], ...words: readonly string[]): Finished =>
    run(coppice, [`--repo=${repo}`, 'fsck', '--repair', ...sources.map((source) => `--from=${source}`), ...words]);
  const isSound = (repo: string): boolean => run(ostree, [`--repo=${repo}`, 'fsck', '-q']).status === 0;
  const rev = (repo: string, ref: string): string => run(ostree, [`--repo=${repo}`, 'rev-parse', ref]).stdout.trim();
  const fileOf = (repo: string, checksum: string, extension: string): string => join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.${extension}`);
  const contentOf = (repo: string, path: string): string => run(ostree, [`--repo=${repo}`, 'ls', '-C', 'main', path]).stdout.split(/\s+/)[4] ?? '';

  describe.each(MODES)('a repository in mode %s', (mode) => {
    it.each(Object.keys(DAMAGES))('whose objects are all %s is sound again', (title) => {
      const repo = copyOf(mode);
      expect(damageAll(repo, DAMAGES[title] ?? flip)).toBeGreaterThan(12);
      expect(isSound(repo)).toBe(false);
      const answer = repair(repo, [at(OTHER[mode])]);
      expect(answer).toMatchObject({ status: 0, stderr: '' });
      expect(answer.stdout).toContain(`Repaired ${rev(repo, 'main')}.commit from ${at(OTHER[mode])}\n`);
      expect(isSound(repo)).toBe(true);
      expect([readdirSync(join(repo, 'state')), readdirSync(join(repo, 'tmp'))]).toEqual([[], ['cache']]);
      const checkout = scratch.fresh('checkout');
      succeedWords(['ostree', `--repo=${repo}`, 'checkout', '-U', 'next', checkout]);
      expect(readFileSync(join(checkout, 'usr/big')).equals(readFileSync(at('tree/usr/big')))).toBe(true);
    });

    it.each(['commit', 'dirtree', 'dirmeta', 'file'])('of which only objects of type %s are damaged', (type) => {
      const repo = copyOf(mode);
      damageAll(repo, flip, new RegExp(`\\.${type}z?$`));
      expect(repair(repo, [at(OTHER[mode])], '-q').status).toBe(0);
      expect(isSound(repo)).toBe(true);
    });

    it('takes content and dirmetas from a tree', () => {
      const repo = copyOf(mode);
      damageAll(repo, unlinkSync, /\.(filez?|dirmeta)$/);
      expect(repair(repo, [at('tree')])).toMatchObject({ status: 0, stderr: '' });
      expect(isSound(repo)).toBe(true);
    });
  });

  it.each(['js', 'wasm'])('works with the %s engine where the modes allow it', (engine) => {
    for (const [mode, source] of [['archive', 'bare-user-only'], ['bare-user-only', 'archive'], ['archive', 'bare']] as const) {
      const repo = copyOf(mode);
      damageAll(repo, flip);
      const program = withWords(coppice, `--engine=${engine}`);
      expect(run(program, [`--repo=${repo}`, 'fsck', '-q', '--repair', `--from=${at(source)}`]).status, `${mode} from ${source}`).toBe(0);
      expect(isSound(repo)).toBe(true);
    }
    const repo = copyOf('archive');
    damageAll(repo, unlinkSync, /\.filez$/);
    expect(run(withWords(coppice, `--engine=${engine}`), [`--repo=${repo}`, 'fsck', '-q', '--repair', `--from=${at('tree')}`]).status).toBe(0);
    expect(isSound(repo)).toBe(true);
  });

  it('finds files of a tree that were committed with their owners and attributes', () => {
    const tree = scratch.fresh('tree');
    const repo = scratch.fresh('owned');
    succeedWords(['sh', '-ec', `mkdir -p ${tree}/d; echo x > ${tree}/d/x; chmod 4711 ${tree}/d/x; setfattr -n user.a -v b ${tree}/d/x 2>/dev/null || true; chown 7:8 ${tree}/d 2>/dev/null || true
      ostree --repo=${repo} init --mode=archive; ostree --repo=${repo} commit -b main ${tree} > /dev/null`]);
    damageAll(repo, flip, /\.(filez|dirmeta)$/);
    expect(repair(repo, [tree]).status).toBe(0);
    expect(isSound(repo)).toBe(true);
  });

  it('tells what it could not repair, marks the commits, and lifts the marks when all is there', () => {
    const repo = copyOf('archive');
    const other = contentOf(repo, '/etc/conf');
    const big = contentOf(repo, '/usr/big');
    for (const checksum of [other, big]) rmSync(fileOf(repo, checksum, 'filez'));
    const part = scratch.fresh('part');
    succeedWords(['sh', '-c', `mkdir -p ${part}/etc; cp -a ${at('tree')}/etc/conf ${part}/etc`]);
    const first = repair(repo, [part]);
    expect(first.status).toBe(1);
    expect(first.stdout).toContain(`Repaired ${other}.file from ${part}\n`);
    expect(first.stderr).toContain(`: ${big}.file\n`);
    expect(first.stderr).toMatch(/error: Repository corruption encountered\n$/);
    expect(readdirSync(join(repo, 'state'))).toHaveLength(2);
    expect(run(ostree, [`--repo=${repo}`, 'fsck', '-q']).stderr).toContain('2 partial commits from fsck-detected corruption');
    const second = repair(repo, [part, at('tree')]);
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(second.stdout).toContain(`Commit is complete again: ${rev(repo, 'next')}\n`);
    expect(readdirSync(join(repo, 'state'))).toEqual([]);
    expect(isSound(repo)).toBe(true);
  });

  it('goes on where `ostree fsck --delete` left off', () => {
    const repo = copyOf('bare-user');
    flip(fileOf(repo, contentOf(repo, '/etc/conf'), 'file'));
    expect(run(ostree, [`--repo=${repo}`, 'fsck', '--delete', '-q']).status).toBe(1);
    expect(readdirSync(join(repo, 'state'))).toHaveLength(2);
    expect(repair(repo, [at('archive')]).status).toBe(0);
    expect(readdirSync(join(repo, 'state'))).toEqual([]);
    expect(isSound(repo)).toBe(true);
  });

  it('brings a commit back with its detached metadata', () => {
    const repo = copyOf('archive');
    const commit = rev(repo, 'main');
    for (const extension of ['commit', 'commitmeta']) rmSync(fileOf(repo, commit, extension));
    expect(repair(repo, [at('bare')], '-q').status).toBe(0);
    expect(run(ostree, [`--repo=${repo}`, 'show', '--print-detached-metadata-key=a', 'main']).stdout).toBe("'b'\n");
  });

  it('takes nothing damaged from a source, and asks the next one', () => {
    const repo = copyOf('archive');
    const bad = copyOf('bare-user');
    for (const each of [repo, bad]) damageAll(each, flip);
    const first = repair(repo, [bad]);
    expect(first.status).toBe(1);
    expect(first.stdout).not.toContain('Repaired');
    const second = repair(repo, [bad, at('archive')]);
    expect(second.status).toBe(0);
    expect(second.stdout).not.toContain(`from ${bad}`);
    expect(isSound(repo)).toBe(true);
  });

  it('leaves commits alone that a pull has not finished', () => {
    const repo = scratch.fresh('partial');
    succeedWords(['sh', '-ec', `ostree --repo=${repo} init --mode=archive; ostree --repo=${repo} pull-local --commit-metadata-only ${at('archive')} main`]);
    expect(repair(repo, [at('archive')])).toMatchObject({ status: 0 });
    expect(readdirSync(join(repo, 'state'))).toEqual([`${rev(repo, 'main')}.commitpartial`]);
  });

  it('changes nothing in a sound repository', () => {
    const repo = copyOf('archive');
    const before = readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(repo, 'objects', name)).ino);
    expect(repair(repo, [at('bare')], '-q').stdout).not.toContain('Repaired');
    expect(readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(repo, 'objects', name)).ino)).toEqual(before);
  });

  it('shares no file with the source or with checkouts that were linked', () => {
    const repo = copyOf('bare');
    const path = fileOf(repo, contentOf(repo, '/etc/conf'), 'file');
    const linked = scratch.fresh('linked');
    cpSync(path, linked);
    flip(path);
    expect(repair(repo, [at('bare')], '-q').status).toBe(0);
    expect(statSync(path).nlink).toBe(1);
  });

  it('tells it as JSON', () => {
    const repo = copyOf('archive');
    const conf = contentOf(repo, '/etc/conf');
    rmSync(fileOf(repo, conf, 'filez'));
    const report = JSON.parse(repair(repo, [at('bare')], '--json').stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ ok: true, problems: [], repaired: [{ checksum: conf, objectType: 'file', kind: 'missing' }], completed: [] });
  });

  it.each([
    [['--repair'], 'fsck takes --repair and --from=PATH together'],
    [['--from=x'], 'fsck takes --repair and --from=PATH together'],
    [['--repair', '--from=.', '--delete'], 'Cannot specify both --repair and --delete'],
  ])('refuses %s', (words, message) => {
    const answer = run(coppice, [`--repo=${at('archive')}`, 'fsck', ...words]);
    expect(answer).toMatchObject({ status: 1, stdout: '', stderr: `error: ${message}\n` });
  });

  it('refuses a source that is nothing, and one whose objects have other names', () => {
    expect(repair(at('archive'), ['/nowhere'])).toMatchObject({ status: 1, stdout: '' });
    const blake = scratch.fresh('blake');
    run(coppice, [`--repo=${blake}`, 'init', '--checksum=blake3', '--mode=archive']);
    expect(repair(at('archive'), [blake]).stderr).toContain('names its objects by blake3');
    expect(existsSync(join(at('archive'), 'tmp/coppice-staging'))).toBe(false);
  });
});
