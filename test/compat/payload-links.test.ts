import { createHash } from 'node:crypto';
import { appendFileSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareRepositories } from '../support/compare.ts';
import { expectSound } from '../support/fault.ts';
import { LoopDisk, needsLoop } from '../support/loop-disk.ts';
import { noise } from '../support/nasty-tree.ts';
import { coppice, ostree, run, runWords, succeed, succeedWords, withWords } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import type { Requirement } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';

const filefrag: Requirement = { name: 'filefrag', isMet: () => runWords(['filefrag', '-V']).status === 0, remedy: 'install e2fsprogs' };
const BYTES = 300_001;

for (const kind of ['xfs', 'btrfs'] as const) {
  describeWith([needs.referee, needs.root, needs.native, filefrag, needsLoop(kind)], `payload links on ${kind}`, () => {
    const scratch = new Scratch(`payload-${kind}`);
    let room = '';
    let count = 0;

    beforeAll(() => {
      room = new LoopDisk(scratch, kind).path;
      const same = noise(BYTES, 1);
      const capable = file(same, { mode: 0o755, xattrs: { 'user.a': '1' } });
      writeTree(join(room, 'tree'), dir({ a: file(same), b: file(same, { mode: 0o4755, uid: 5 }), c: capable, other: file(noise(BYTES, 2)), small: file('x'), empty: file(''), link: symlink('a') }));
      writeTree(join(room, 'later'), dir({ z: file(same, { mode: 0o600 }) }));
    });

    /** A repository of what the commands make. */
    const play = (program: Program, mode: string, threshold: string, commands: readonly string[]): string => {
      const repo = join(room, `${program.name}-${String((count += 1))}`);
      succeed(ostree, ['init', `--repo=${repo}`, `--mode=${mode}`]);
      appendFileSync(join(repo, 'config'), `payload-link-threshold=${threshold}\n`);
      for (const words of commands) succeed(program, [`--repo=${repo}`, ...words.split(' ')], { cwd: room });
      return repo;
    };
    const linksOf = (repo: string): readonly string[] => objectsOf(repo).filter((path) => path.endsWith('.payload-link'));
    const extentsShared = (repo: string): number => {
      succeedWords(['sync', '-f', room]);
      return contentsOf(repo).filter((path) => succeedWords(['filefrag', '-v', path]).includes('shared')).length;
    };

    const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
      ['nothing where no threshold is set', 'bare-user', '-1', ['commit --timestamp=@1 -b x tree']],
      ['a size that is not reached', 'bare', String(BYTES + 1), ['commit --timestamp=@1 -b x tree']],
      ['a size that is just reached', 'bare', String(BYTES), ['commit --timestamp=@1 -b x tree']],
      ['whatever there is', 'bare', '0', ['commit --timestamp=@1 -b x tree', 'commit --timestamp=@1 -b y later']],
      ['whatever there is, but the symlinks', 'bare-user', '0', ['commit --timestamp=@1 -b x tree', 'commit --timestamp=@1 -b y later']],
      ['no archive', 'archive', '0', ['commit --timestamp=@1 -b x tree']],
      ['no bare-user-only repository', 'bare-user-only', '0', ['commit --timestamp=@1 -b x tree']],
      ['no commit without xattrs', 'bare-user', '0', ['commit --timestamp=@1 -b x --no-xattrs tree']],
      ['no canonical commit', 'bare-user', '0', ['commit --timestamp=@1 -b x --canonical-permissions tree']],
      ['changed copies', 'bare-user', '0', ['commit --timestamp=@1 -b x --no-xattrs tree', 'commit --timestamp=@1 -b y --owner-uid=9 --tree=ref=x']],
    ];

    it.each(cases.filter(([title]) => kind === 'xfs' || title.startsWith('whatever')))('are those of ostree: %s', (_, mode, threshold, commands) => {
      const [ours, theirs] = [play(coppice, mode, threshold, commands), play(ostree, mode, threshold, commands)];
      expect(linksOf(ours)).toEqual(linksOf(theirs));
      expect(extentsShared(ours)).toBe(extentsShared(theirs));
      for (const link of linksOf(ours)) expect(payloadBehind(ours, link)).toBe(link.slice(0, 2) + link.slice(3, 65));
      // any of the contents may be the one that is linked; all else is the same
      expect(compareRepositories(ours, theirs).filter((line) => !line.includes('.payload-link'))).toEqual([]);
      expectSound(ours);
      expect(run(coppice, ['fsck', `--repo=${ours}`, '-q'])).toMatchObject({ status: 0, stderr: '' });
    });

    it('let content of later commits share blocks, and survive prune as in ostree', () => {
      const repo = play(coppice, 'bare', '0', ['commit --timestamp=@1 -b x tree']);
      const before = extentsShared(repo);
      expect(before).toBe(3);
      succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'y', 'later'], { cwd: room });
      expect(extentsShared(repo)).toBe(before + 1);
      for (const ref of ['y', 'x']) {
        succeed(ostree, ['refs', `--repo=${repo}`, '--delete', ref]);
        const twin = join(room, `twin-${ref}`);
        succeedWords(['cp', '-a', repo, twin]);
        const estimated = /^Would free .*: (\d+) of/m.exec(succeed(coppice, ['gc', '--estimate', `--repo=${repo}`]))?.[1];
        const pruned = succeed(coppice, ['prune', `--repo=${repo}`, '--refs-only']);
        expect(pruned).toBe(succeed(ostree, ['prune', `--repo=${twin}`, '--refs-only']));
        expect(pruned).toContain(`Deleted ${estimated ?? ''} objects`);
        expect(objectsOf(repo)).toEqual(objectsOf(twin));
        expect(linksOf(repo).length > 0).toBe(ref === 'y');
      }
    });

    it.each([
      ['is damaged', (path: string) => { writeFileSync(path, Buffer.alloc(BYTES)); }],
      ['is gone', (path: string) => { rmSync(path); }],
    ])('to content that %s harm nothing', (_, damage) => {
      const repo = play(coppice, 'bare', '200000', ['commit --timestamp=@1 -b x tree']);
      for (const link of linksOf(repo)) damage(join(repo, 'objects', dirname(link), readlinkSync(join(repo, 'objects', link))));
      succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'y', 'later'], { cwd: room });
      const checkout = join(room, `co-${String((count += 1))}`);
      succeed(ostree, ['checkout', `--repo=${repo}`, 'y', checkout]);
      expect(runWords(['cmp', join(checkout, 'z'), join(room, 'later/z')])).toMatchObject({ status: 0 });
    });

    describe('of pulls', () => {
      it.each([['bare', []], ['bare-user', []], ['bare-user', ['--untrusted']]] as const)('from bare-user into %s %j are those of ostree', (mode, words) => {
        const source = play(ostree, 'bare-user', '-1', ['commit --timestamp=@1 -b x tree']);
        const command = ['pull-local', ...words, source].join(' ');
        expect(linksOf(play(coppice, mode, '0', [command]))).toEqual(linksOf(play(ostree, mode, '0', [command])));
      });
    });

    it('are made by no engine that cannot read xattrs', () => {
      expect(linksOf(play(withWords(coppice, '--engine=js'), 'bare', '0', ['commit --timestamp=@1 -b x --no-xattrs tree']))).toEqual([]);
    });
  });
}

function objectsOf(repo: string): readonly string[] {
  return readdirSync(join(repo, 'objects'), { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.')).toSorted();
}

/** The files of content objects, symlinks left out. */
function contentsOf(repo: string): readonly string[] {
  return objectsOf(repo).map((path) => join(repo, 'objects', path)).filter((path) => path.endsWith('.file') && lstatSync(path).isFile());
}

function payloadBehind(repo: string, link: string): string {
  return createHash('sha256').update(readFileSync(join(repo, 'objects', link))).digest('hex');
}
