import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareRepositories } from '../support/compare.ts';
import { coppice, ostree, run, succeed, succeedWords, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, inWorld, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Command } from '../support/twins.ts';

const CONTEXTS = 'contexts/files/file_contexts';

/** The files of a policy; what `ostree` wants besides is a binary policy, of which it asks the checksum alone. */
function writePolicy(root: string, place: string, files: Readonly<Record<string, string>>, config = 'SELINUX=enforcing\nSELINUXTYPE=targeted\n'): void {
  const folder = join(root, place, 'targeted');
  mkdirSync(join(folder, 'contexts/files'), { recursive: true });
  mkdirSync(join(folder, 'policy'));
  writeFileSync(join(folder, 'policy/policy.33'), 'binary');
  writeFileSync(join(root, place, 'config'), config);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

const SPECS = `# labels of a test
/.*			system_u:object_r:default_t:s0
/	-d	system_u:object_r:root_t:s0
/etc(/.*)?	system_u:object_r:etc_t:s0
/usr(/.*)?	system_u:object_r:usr_t:s0
/usr/bin(/.*)?	--	system_u:object_r:bin_t:s0
/usr/bin/exact	--	system_u:object_r:exact_exec_t:s0
/usr/bin/.*	-l	system_u:object_r:link_t:s0
/usr/lib/[^/]+\\.so(\\.[0-9]+)*	--	system_u:object_r:lib_t:s0
/usr/none(/.*)?	<<none>>
/usr/share/[[:alpha:]]+|/x	system_u:object_r:share_t:s0
`;

const FILES: Readonly<Record<string, string>> = {
  [CONTEXTS]: SPECS,
  [`${CONTEXTS}.homedirs`]: '/home/[^/]+\t-d\tstaff_u:object_r:home_t:s0\n/home/[^/]+/.+\tstaff_u:object_r:home_file_t:s0\n',
  [`${CONTEXTS}.local`]: '/srv/é?.*\tsystem_u:object_r:default_t:s0\n'.replace('é?', ''),
  [`${CONTEXTS}.subs`]: '/opt /usr\n',
  [`${CONTEXTS}.subs_dist`]: '/lib /usr/lib\n/usr/lib64 /usr/lib\n/var/home /home\n',
};

const TREE = `
mkdir -p tree/etc tree/usr/bin tree/usr/lib64 tree/usr/none tree/usr/share/abc tree/lib tree/opt/bin tree/home/me/x tree/var/home/you tree/srv tree/x
for f in etc/a usr/bin/exact usr/bin/tool usr/lib64/libc.so.6 usr/lib64/libc.txt usr/none/n usr/share/abc/f lib/m.so opt/bin/tool home/me/x/f var/home/you/.rc srv/é x/exact; do echo $f > "tree/$f"; done
ln -s exact tree/usr/bin/link; ln -s a tree/etc/link; chmod 4755 tree/usr/bin/tool
setfattr -n security.selinux -v old tree/usr/none/n; setfattr -n security.selinux -v old tree/etc/a; setfattr -n security.selinux -v old tree/usr
setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= tree/usr/bin/exact
mkdir other; echo z > other/z
`;

const commit = (words: string): Command => command(`--repo=repo commit -b main --timestamp=@0 ${words}`);
const both = (title: string, words: string, before: readonly Command[] = []): [string, readonly Command[]] => [title, [...before, commit(words)]];

const lines: readonly (readonly [title: string, commands: readonly Command[]])[] = [
  both('a policy elsewhere', '--selinux-policy=policy tree'),
  both('no xattrs', '--selinux-policy=policy --no-xattrs tree'),
  both('canonical permissions', '--selinux-policy=policy --canonical-permissions tree'),
  both('another owner', '--selinux-policy=policy --owner-uid=7 --owner-gid=8 tree'),
  both('a policy in usr/etc', '--selinux-policy=usretc tree'),
  both('a permissive policy', '--selinux-policy=permissive tree'),
  both('a disabled policy', '--selinux-policy=disabled tree'),
  both('no policy there', '--selinux-policy=other tree'),
  both('several trees', '--selinux-policy=policy --tree=dir=tree --tree=dir=other'),
  both('the policy of the tree', '--selinux-policy-from-base policy'),
  both('the policy of the first tree', '-P --tree=dir=policy --tree=dir=tree'),
  both('a first tree without policy', '-P --tree=dir=tree --tree=dir=policy'),
  both('a skip list', '--selinux-policy=policy --skip-list=skip tree', [shell('echo /usr/bin/tool > skip')]),
  both('permissions that are added', '--selinux-policy=policy --statoverride=over tree', [shell("echo '+2048 /usr/bin/exact' > over")]),
  both('hardlinks into the repository', '-I --selinux-policy=policy hard', [command('--repo=repo commit -b plain --timestamp=@0 tree'), shell('ostree --repo=repo checkout -U -H plain hard || ostree --repo=repo checkout -U plain hard')]),
  both('the tree of a commit', '--selinux-policy=policy --tree=ref=plain', [command('--repo=repo commit -b plain --timestamp=@0 tree')]),
  both('a base', '--selinux-policy=policy --base=plain --tree=dir=other', [command('--repo=repo commit -b plain --timestamp=@0 tree')]),
  both('the policy of a commit', '-P --tree=ref=plain --tree=dir=tree', [command('--repo=repo commit -b plain --timestamp=@0 usretc')]),
  both('a commit with its policy in etc', '-P --tree=ref=plain --tree=dir=tree', [command('--repo=repo commit -b plain --timestamp=@0 policy')]),
  both('the policy of the base', '-P --base=plain --tree=dir=tree', [command('--repo=repo commit -b plain --timestamp=@0 usretc')]),
  both('an archive', '--selinux-policy=policy --tree=tar=tree.tar', [shell('tar -C tree -cf tree.tar .')]),
  both('an archive without directories', '--selinux-policy=policy --tar-autocreate-parents --tree=tar=tree.tar', [shell('tar -C tree -cf tree.tar usr/bin/exact etc/a')]),
];

const wrong: readonly (readonly [title: string, commands: readonly Command[]])[] = [
  both('both options', '-P --selinux-policy=policy tree'),
  both('the policy of an archive', '-P --tree=tar=tree.tar', [shell('tar -C tree -cf tree.tar .')]),
  both('a directory that is not there', '--selinux-policy=nope tree'),
  both('a file in its place', '--selinux-policy=tree/etc/a tree'),
  both('an empty path', '--selinux-policy= tree'),
];

describeWith([needs.referee, needs.root, needs.native], 'SELinux labels', () => {
  const scratch = new Scratch('selinux');
  const template = scratch.fresh('template');

  beforeAll(() => {
    mkdirSync(template);
    const path = (name: string): string => join(template, name);
    writePolicy(path('policy'), 'etc/selinux', FILES);
    writePolicy(path('all'), 'etc/selinux', { ...FILES, [CONTEXTS]: SPECS.replace(/.*<<none>>\n/, '') });
    writePolicy(path('usretc'), 'usr/etc/selinux', FILES);
    writePolicy(path('permissive'), 'etc/selinux', FILES, '# c\nSELINUX=Permissive\nSELINUXTYPE= targeted \n');
    writePolicy(path('disabled'), 'etc/selinux', FILES, 'SELINUX=disabled\nSELINUXTYPE=targeted\n');
    succeedWords(['sh', '-ec', `cd ${template}; ${TREE}`]);
  });

  describe.each(['archive', 'bare', 'bare-user'])('of a commit in a repository of mode %s', (mode) => {
    it.each(lines)('%s', (_title, commands) => {
      const twins = makeTwins(scratch, template);
      runInBoth(twins, [command(`--repo=repo init --mode=${mode}`), ...commands, shell('ostree --repo=repo ls -RXC main')]);
      expect(compareRepositories(inWorld(twins.ours, 'repo'), inWorld(twins.theirs, 'repo'))).toEqual([]);
      expect(run(ostree, [`--repo=${inWorld(twins.ours, 'repo')}`, 'fsck']).status).toBe(0);
      expect(run(coppice, [`--repo=${inWorld(twins.ours, 'repo')}`, 'fsck']).status).toBe(0);
    });
  });

  it.each(wrong)('refuses %s', (_title, commands) => {
    runInBoth(makeTwins(scratch, template), [command('--repo=repo init --mode=archive'), ...commands]);
  });

  it.each(['js', 'wasm'])('the %s engine makes the same commit in an archive', (engine) => {
    const repo = (name: string): string => {
      const path = scratch.fresh(name);
      succeed(ostree, ['init', `--repo=${path}`, '--mode=archive']);
      return path;
    };
    const words = (path: string): string[] => ['commit', `--repo=${path}`, '--orphan', '--timestamp=@0', '--no-xattrs', `--selinux-policy=${template}/policy`, `${template}/tree`];
    expect(succeed(withWords(coppice, `--engine=${engine}`), words(repo('ours')))).toBe(succeed(ostree, words(repo('theirs'))));
    const bare = scratch.fresh('bare');
    succeed(ostree, ['init', `--repo=${bare}`, '--mode=bare']);
    expect(run(withWords(coppice, `--engine=${engine}`), words(bare))).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot read or write extended attributes') });
  });

  it('stand in the order of names among other xattrs, so that every repository is sound', () => {
    const { ours } = makeTwins(scratch, template);
    succeedWords(['sh', '-ec', `cd ${ours.path}; setfattr -n user.k -v v tree/etc/a; ostree --repo=repo init --mode=bare`]);
    succeed(coppice, ['--repo=repo', 'commit', '-b', 'main', '--selinux-policy=policy', 'tree'], { cwd: ours.path });
    expect(run(ostree, ['--repo=repo', 'fsck'], { cwd: ours.path }).status).toBe(0);
    expect(succeed(ostree, ['--repo=repo', 'ls', '-X', 'main', '/etc/a'], { cwd: ours.path })).toMatch(/'security.selinux', b'system_u:object_r:etc_t:s0'\), \(b'user.k'/);
  });

  it('are refused in a bare-user-only repository, which drops them', () => {
    const { ours } = makeTwins(scratch, template);
    const answer = run(coppice, ['--repo=repo', 'commit', '-b', 'main', '--selinux-policy=policy', 'tree'], { cwd: ours.path });
    expect(answer.status).toBe(1);
    succeed(coppice, ['--repo=repo', 'init', '--mode=bare-user-only'], { cwd: ours.path });
    expect(run(coppice, ['--repo=repo', 'commit', '-b', 'main', '--selinux-policy=policy', 'tree'], { cwd: ours.path })).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error: SELinux labels cannot be kept/) });
  });

  it('come back to a commit that was labelled, whatever the stat index knows', () => {
    const { ours } = makeTwins(scratch, template);
    const made = (...words: readonly string[]): string => succeed(coppice, ['--repo=repo', 'commit', '-b', 'main', '--timestamp=@0', '--parent=none', ...words, 'tree'], { cwd: ours.path });
    succeed(coppice, ['--repo=repo', 'init', '--mode=archive'], { cwd: ours.path });
    const [plain, labelled] = [made(), made('--selinux-policy=policy')];
    expect([made(), made('--selinux-policy=policy'), plain === labelled]).toEqual([plain, labelled, false]);
  });

  describe('of a checkout', () => {
    const prepare = [command('--repo=repo init --mode=bare'), command('--repo=repo commit -b main --timestamp=@0 --no-xattrs tree')]; // where xattrs come with a file or the policy has no label for it, `ostree` crashes
    const checkout = (words: string): Command => command(`--repo=repo checkout ${words}`);
    /** `ostree` labels other files than regular ones by the kernel, where that has SELinux. */
    const regular = shell('cd out; find . -type f | sort | while read -r f; do echo "$f"; getfattr -h -d -m - "$f"; stat -c "%a %u %g %h %s" "$f"; done');

    it.each([
      ['the whole tree', '--selinux-policy=all main out'],
      ['a prefix', '--selinux-policy=policy --selinux-prefix=/usr main out'],
      ['a prefix with slashes', '--selinux-policy=policy --selinux-prefix=//usr/ main out'],
      ['a prefix of a path', '--selinux-policy=all --selinux-prefix=/etc --subpath=/usr main out'],
      ['a path', '--selinux-policy=all --subpath=/usr/bin main out'],
      ['a file', '--selinux-policy=all --subpath=/usr/bin/exact main out'],
      ['a prefix of a file', '--selinux-policy=all --subpath=/usr/bin/exact --selinux-prefix=/usr/lib/a.so main out'],
      ['user mode', '-U --selinux-policy=policy main out'],
    ])('%s', (_title, words) => {
      runInBoth(makeTwins(scratch, template), [...prepare, checkout(words), regular], { sameErrors: false });
    });

    it.each([
      ['--selinux-prefix alone', '--selinux-prefix=/usr main out'],
      ['hardlinks', '-H --selinux-policy=policy main out'],
    ])('refuses %s', (_title, words) => {
      runInBoth(makeTwins(scratch, template), [...prepare, checkout(words)]);
    });

    it('keeps what is there, and labels what it adds', () => {
      runInBoth(makeTwins(scratch, template), [...prepare, shell('mkdir -p out/etc; echo mine > out/etc/a'), checkout('--union-add --selinux-policy=all main out'), regular], { sameErrors: false });
    });

    it('labels directories and symlinks, too, and takes off labels that the policy has none for', () => {
      const { ours } = makeTwins(scratch, template);
      const at = { cwd: ours.path };
      for (const words of [['init', '--mode=bare-user'], ['commit', '-b', 'main', 'tree'], ['checkout', '--selinux-policy=policy', 'main', 'out']]) succeed(coppice, ['--repo=repo', ...words], at);
      const labels = succeedWords(['sh', '-c', 'cd out; getfattr --absolute-names -h -R -d -m security.selinux .'], at);
      const labelOf = (path: string): string | undefined => new RegExp(`^# file: ${path}\\nsecurity.selinux="(.*)"$`, 'm').exec(labels)?.[1];
      expect([labelOf('.'), labelOf('./usr/bin/link'), labelOf('./usr/bin'), labelOf('./usr/none'), labelOf('./usr/none/n')]).toEqual([
        'system_u:object_r:root_t:s0', 'system_u:object_r:link_t:s0', 'system_u:object_r:usr_t:s0', undefined, undefined,
      ]);
      expect(run(coppice, ['--repo=repo', 'fsck'], at).status).toBe(0);
      expect(readFileSync(join(ours.path, 'out/etc/a'), 'utf8')).toBe('etc/a\n');
    });

    it('are those of the commit where the policy is disabled', () => {
      const { ours } = makeTwins(scratch, template);
      const at = { cwd: ours.path };
      for (const words of [['init', '--mode=archive'], ['commit', '-b', 'main', 'tree'], ['checkout', '--selinux-policy=disabled', 'main', 'out']]) succeed(coppice, ['--repo=repo', ...words], at);
      expect(succeedWords(['getfattr', '--only-values', '-n', 'security.selinux', 'out/etc/a'], at)).toBe('old');
    });

    it('does not go together with an update', () => {
      const { ours } = makeTwins(scratch, template);
      succeed(coppice, ['--repo=repo', 'init', '--mode=archive'], { cwd: ours.path });
      const answer = run(coppice, ['--repo=repo', 'checkout', '--update', '--selinux-policy=policy', 'main', 'out'], { cwd: ours.path });
      expect(answer).toMatchObject({ status: 1, stderr: 'error: Cannot specify both --update and --selinux-policy\n' });
    });
  });
});
