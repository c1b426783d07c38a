import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareCheckouts, snapshotCheckout } from '../support/compare.ts';
import type { Differences } from '../support/compare.ts';
import { evolvingTrees } from '../support/evolving-tree.ts';
import { coppice, ostree, run, succeed, succeedWords, withWords } from '../support/program.ts';
import type { Finished } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

type Lane = readonly [engine: string, mode: string, flags: readonly string[]];

const lanes = (engine: string, mode: string, ...flags: readonly string[]): Lane[] =>
  flags.map((words): Lane => [engine, mode, words.split(' ').filter((word) => word !== '')]);

/** Engines without xattrs take part where the trees have none to keep. */
const LANES: readonly Lane[] = [
  ...lanes('native', 'bare', '', '-U', '-C', '-M'),
  ...lanes('native', 'bare-user', '', '-U -H'),
  ...lanes('native', 'bare-user-only', '-U -H', '-U -C', '--subpath=/kinds'),
  ...lanes('native', 'archive', '', '-U', '-U --disable-cache'),
  ...lanes('wasm', 'bare-user-only', '-U -H'),
  ...lanes('wasm', 'archive', '-U --disable-cache'),
  ...lanes('js', 'bare-user-only', '-U -C --threads=0'),
  ...lanes('js', 'archive', '-U'),
];

describeWith([needs.referee, needs.root, needs.native], 'checkout --update', () => {
  const scratch = new Scratch('update');
  const repos = new Map<string, string>();

  beforeAll(() => {
    const trees = evolvingTrees();
    for (const [side, tree] of Object.entries(trees)) writeTree(join(scratch.path, side), tree);
    for (const mode of ['bare', 'bare-user', 'bare-user-only', 'archive']) repos.set(mode, writeRepo(mode));
  });

  function writeRepo(mode: string): string {
    const repo = join(scratch.path, mode);
    mkdirSync(repo);
    succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
    appendFileSync(join(repo, 'config'), 'min-free-space-percent=0\n');
    for (const side of ['before', 'after']) {
      succeed(ostree, ['commit', `--repo=${repo}`, '-b', side, '--timestamp=@1700000000', join(scratch.path, side)]);
    }
    return repo;
  }

  /** Checks `before` out with our program into a new directory. */
  function checkedOut(repo: string, ...flags: readonly string[]): string {
    const destination = scratch.fresh('ours');
    succeed(coppice, ['checkout', `--repo=${repo}`, ...flags, 'before', destination]);
    return destination;
  }

  function differences(repo: string, ours: string, side: string, ...flags: readonly string[]): Differences {
    const theirs = scratch.fresh('theirs');
    succeed(ostree, ['checkout', `--repo=${repo}`, ...flags, side, theirs]);
    return compareCheckouts(snapshotCheckout(ours, repo), snapshotCheckout(theirs, repo));
  }

  const repoOf = (mode: string): string => repos.get(mode) ?? '';
  const update = (repo: string, ours: string, ...words: readonly string[]): Finished =>
    run(coppice, ['checkout', `--repo=${repo}`, '--update', ...words, 'after', ours]);
  const edit = (ours: string, script: string): string => succeedWords(['sh', '-ec', script], { cwd: ours });

  describe.each(LANES)('%s, %s %j', (engine, mode, flags) => {
    it('leaves what ostree checks out afresh, there and back', () => {
      const repo = repoOf(mode);
      const program = withWords(coppice, `--engine=${engine}`);
      const ours = scratch.fresh('ours');
      succeed(program, ['checkout', `--repo=${repo}`, ...flags, 'before', ours]);
      for (const [side, given] of [['after', flags], ['before', []]] as const) {
        const updated = run(program, ['checkout', `--repo=${repo}`, '--update', ...given, side, ours]);
        expect(updated).toMatchObject({ status: 0, stderr: '', stdout: '' });
        expect(differences(repo, ours, side, ...flags.filter((word) => !word.startsWith('--threads')))).toEqual([]);
      }
    });
  });

  /** What somebody does to the checkout of `before`, and what an update to `after` says of it. */
  const EDITS: readonly (readonly [title: string, script: string, reported: readonly string[]])[] = [
    ['other bytes of the same size', 'cd kinds; tr a-z A-Z < file-to-file > x; chmod --reference=file-to-file x; mv x file-to-file', ['changed locally: kinds/file-to-file']],
    ['a file that goes', 'rm vanishes/old; echo mine > vanishes/old', ['changed locally: vanishes/old']],
    ['a file in a directory that goes', 'rm vanishes/old-dir/a/b/c; echo mine > vanishes/old-dir/a/b/c', ['changed locally: vanishes/old-dir/a/b/c']],
    ['another mode', 'cp --remove-destination kinds/executable-to-file x; chmod 700 x; mv x kinds/executable-to-file', ['changed locally: kinds/executable-to-file']],
    ['another target', 'ln -sfn elsewhere kinds/link-to-link', ['changed locally: kinds/link-to-link']],
    ['a symlink in place of a file', 'ln -sfn stays/a kinds/file-to-link', ['changed locally: kinds/file-to-link']],
    ['a fifo in place of a file', 'rm kinds/file-to-file; mkfifo kinds/file-to-file', ['changed locally: kinds/file-to-file']],
    ['a directory in place of a file', 'rm kinds/file-to-file; mkdir kinds/file-to-file; echo x > kinds/file-to-file/mine', ['changed locally: kinds/file-to-file']],
    ['a symlink in place of a directory', 'mv deep-change/x moved; ln -s ../moved deep-change/x', ['changed locally: deep-change/x']],
    ['a file in the way of a file', 'echo mine > appears/fresh', ['in the way: appears/fresh']],
    ['a file in the way of a directory', 'echo mine > appears/new-dir', ['in the way: appears/new-dir']],
    ['a file in the way deep in a directory', 'mkdir -p appears/new-dir/a/b; echo mine > appears/new-dir/a/b/c', ['in the way: appears/new-dir/a/b/c']],
    ['a directory in the way of a file', 'mkdir appears/fresh', ['in the way: appears/fresh']],
    ['something in a directory that a file replaces', 'echo mine > kinds/directory-to-file/deeper/mine', ['in the way: kinds/directory-to-file/deeper/mine']],
    ['two at once', 'echo mine > appears/fresh; ln -sfn elsewhere kinds/link-to-link', ['changed locally: kinds/link-to-link', 'in the way: appears/fresh']],
  ];

  /** Links are compared by inode, copies by what is in them: the edits of single files tell the difference. */
  const EDITED = [['bare', '-H', EDITS], ['archive', '--disable-cache', EDITS.slice(0, 7)]] as const;

  describe.each(EDITED)('over local changes, %s %s', (mode, flag, edits) => {
    it.each(edits)('%s: told, nothing touched, overwritten by --force', (_title, script, reported) => {
      const ours = checkedOut(repoOf(mode), flag);
      edit(ours, script);
      const edited = snapshotCheckout(ours, repoOf(mode));
      const refused = update(repoOf(mode), ours);
      expect(refused.status).toBe(1);
      expect(refused.stderr.split('\n').filter((line) => /^(changed|in the way)/.test(line)).toSorted()).toEqual(reported);
      expect(refused.stderr).toContain(`error: the update would overwrite ${reported.length === 1 ? 'a local change' : '2 local changes'} in "${ours}"`);
      expect(compareCheckouts(snapshotCheckout(ours, repoOf(mode)), edited)).toEqual([]);
      succeed(coppice, ['checkout', `--repo=${repoOf(mode)}`, '--update', '--force', 'after', ours]);
      succeedWords(['rm', '-rf', join(ours, 'moved')]);
      const left = differences(repoOf(mode), ours, 'after', flag).filter((line) => !/^"?\.?"?: mtime/.test(line));
      expect(left).toEqual([]);
    });
  });

  it('goes on over what was removed, and keeps what it does not change', () => {
    const ours = checkedOut(repoOf('bare'), '-H');
    edit(ours, 'rm kinds/file-to-file vanishes/old stays/a; rm -r vanishes/old-dir deep-change; echo mine > stays/mine; rm stays/d/b; echo mine > stays/d/b');
    expect(update(repoOf('bare'), ours)).toMatchObject({ status: 0, stderr: '' });
    const found = differences(repoOf('bare'), ours, 'after', '-H');
    const paths = new Set(found.map((line) => line.slice(0, line.indexOf(':'))));
    expect([...paths].toSorted()).toEqual(['"deep-change/stays"', '"stays"', '"stays/a"', '"stays/d"', '"stays/d/b"', '"stays/mine"'].toSorted());
  });

  it('keeps a directory that somebody has put something in, and says so', () => {
    const ours = checkedOut(repoOf('bare'), '-H');
    edit(ours, 'echo mine > vanishes/old-dir/a/mine');
    const updated = update(repoOf('bare'), ours, '--json');
    expect(JSON.parse(updated.stdout)).toMatchObject({
      version: 1, directoriesKept: 1, paths: [{ kind: 'kept', path: 'vanishes/old-dir/a' }], filesCopied: expect.any(Number), filesRemoved: expect.any(Number),
    });
    expect(edit(ours, 'find vanishes/old-dir -type f')).toBe('vanishes/old-dir/a/mine');
  });

  it('never follows a symlink out of the checkout, even forced', () => {
    const [ours, outside] = [checkedOut(repoOf('bare'), '-H'), scratch.fresh('outside')];
    edit('/', `mkdir -p ${outside}/y; echo precious > ${outside}/y/z; echo precious > ${outside}/inside; echo precious > ${outside}/only-before`);
    edit(ours, `rm -r deep-change/x kinds/directory-to-directory kinds/directory-to-file vanishes; for d in deep-change/x kinds/directory-to-directory kinds/directory-to-file vanishes; do ln -s ${outside} $d; done`);
    const untouched = snapshotCheckout(outside);
    expect(update(repoOf('bare'), ours).status).toBe(1);
    succeed(coppice, ['checkout', `--repo=${repoOf('bare')}`, '--update', '--force', 'after', ours]);
    expect(compareCheckouts(snapshotCheckout(outside), untouched)).toEqual([]);
    expect(differences(repoOf('bare'), ours, 'after', '-H')).toEqual([]);
  });

  it('takes the commit from the line where the repository does not know it', () => {
    const [repo, ours] = [repoOf('bare'), scratch.fresh('ours')];
    succeed(ostree, ['checkout', `--repo=${repo}`, '-H', 'before', ours]);
    const unknown = update(repo, ours);
    expect(unknown).toMatchObject({ status: 1, stderr: expect.stringMatching(/does not know which commit[^]*--update-from=COMMIT/) });
    succeed(coppice, ['checkout', `--repo=${repo}`, '-H', '--update-from=before', 'after', ours]);
    expect(differences(repo, ours, 'after', '-H')).toEqual([]);
    succeed(coppice, ['checkout', `--repo=${repo}`, '--update', 'before', ours]);
    expect(differences(repo, ours, 'before', '-H')).toEqual([]);
  });

  it('does not take a union for the checkout of one commit', () => {
    const [repo, ours] = [repoOf('bare'), scratch.fresh('ours')];
    mkdirSync(ours);
    succeed(coppice, ['checkout', `--repo=${repo}`, '--union', 'before', ours]);
    expect(update(repo, ours).stderr).toMatch(/does not know which commit/);
  });

  const REFUSED: readonly (readonly [words: string, message: RegExp])[] = [
    ['--update after', /DESTINATION must be specified with --update/],
    ['--update', /COMMIT must be specified/],
    ['--force after DEST', /--force requires --update/],
    ['--update --union after DEST', /Cannot specify both --update and --union/],
    ['--update --skip-list=x after DEST', /Cannot specify both --update and --skip-list/],
    ['--update -H -C after DEST', /Cannot specify both --require-hardlinks and --force-copy/],
    ['--update -U after DEST', /the checkout was made without --user-mode/],
    ['--update --subpath=/kinds after DEST', /the checkout was made without --subpath=\/kinds/],
    ['--update absent DEST', /Refspec 'absent' not found/],
    ['--update after DEST/nowhere', /No such file or directory/],
    ['--update after DEST/big', /does not know which commit/],
    ['--update-from=before after DEST/big', /Not a directory/],
    ['--update-from=before --subpath=/big after DEST', /"\/big" is a file in commit/],
    ['--update-from=before --subpath=/appears/new-dir after DEST', /No such file or directory: \/appears\/new-dir/],
  ];

  it('refuses what makes no sense', () => {
    const repo = repoOf('bare');
    const ours = checkedOut(repo, '-H');
    const before = snapshotCheckout(ours, repo);
    for (const [words, message] of REFUSED) {
      const refused = run(coppice, ['checkout', `--repo=${repo}`, ...words.replace('DEST', ours).split(' ')]);
      expect(refused, words).toMatchObject({ status: 1, stderr: expect.stringMatching(message) });
    }
    expect(compareCheckouts(snapshotCheckout(ours, repo), before)).toEqual([]);
  });
});
