import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { command, makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Twins } from '../support/twins.ts';
import { agreeOn, inEachMode, makeReadTemplate } from './support-read.ts';

const IN_EACH_MODE: readonly string[] = [
  'diff main', 'diff main^ main', 'diff main main^', 'diff left right', 'diff right left', 'diff main ./t', 'diff ./t main', 'diff main ./co',
  'diff left ./right', 'diff ./left right', 'diff ./left ./right', 'diff ./t ./co', 'diff --no-xattrs main ./t', 'diff left ./left',
];

const MANY = `mkdir many; for d in $(seq 40); do mkdir many/$d; for f in $(seq 60); do echo $d $f > many/$d/$f; done; done
  ostree --repo=archive commit -b many --tree=dir=many > /dev/null
  for d in 3 17 40; do echo changed > many/$d/7; rm many/$d/9; echo n > many/$d/new; done`;

describeWith([needs.referee, needs.native], 'diff answers as ostree does', () => {
  const scratch = new Scratch('diff');
  let twins: Twins;
  let template: string;
  beforeAll(() => {
    template = makeReadTemplate(scratch);
    twins = makeTwins(scratch, template);
  });

  describe('commits and directories', () => {
    agreeOn(() => twins, inEachMode(IN_EACH_MODE));
    agreeOn(() => twins, [
      '--repo=archive diff ./left/ ./right/',
      '--repo=archive diff main ./to-t',
      '--repo=archive diff ./left ./with-fifo',
      '--repo=archive diff ./with-fifo ./with-fifo',
      '--repo=archive diff --owner-uid=5 main ./t',
      '--repo=archive diff --owner-uid=0 --owner-gid=7 main ./t',
      '--repo=archive diff --owner-uid=-3 main ./t',
      '--repo=archive diff --owner-uid=5 ./t main',
      '--repo=archive diff --owner-gid=5 ./left ./left',
      '--repo=archive diff --stats main',
      '--repo=archive diff --stats left right',
      '--repo=archive diff --stats --fs-diff main^ main',
      '--repo=archive diff --fs-diff main',
      '--repo=archive diff main nope',
      '--repo=archive diff nope main',
      '--repo=archive diff main t',
      '--repo=archive diff main^',
      '--repo=archive diff . main',
      '--repo=archive diff ../left ./right',
      '--repo=archive diff --stats main ./t',
      '--repo=archive diff --stats --fs-diff left ./right',
      '--repo=archive diff main /nowhere',
    ]);
    const pathsOfTheWorld = ['diff ./nope main', 'diff ./t/hello ./t', 'diff main ./t/hello'].map((line) => `--repo=archive ${line}`);
    agreeOn(() => twins, ['--repo=archive diff', ...pathsOfTheWorld], { sameErrors: false });
  });

  it('hashes on threads, in the order of the walk', () => {
    const { stdout } = runInBoth(makeTwins(scratch, template), [shell(MANY), command('--repo=archive diff many ./many')]);
    expect(stdout.trim().split('\n')).toHaveLength(9);
  });

  it('tells changes and statistics as JSON', () => {
    const { stdout } = run(coppice, ['--repo=archive', 'diff', '--json', '--stats', '--fs-diff', 'main^', 'main'], { cwd: twins.ours.path });
    expect(JSON.parse(stdout)).toMatchObject({
      removed: ['/zero', '/empty'],
      modified: ['/link', '/etc/conf'],
      stats: { left: expect.any(Number), common: expect.any(Number) },
    });
  });
});
