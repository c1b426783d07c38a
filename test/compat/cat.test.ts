import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run, runWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { makeTwins, runInBoth, shell } from '../support/twins.ts';
import type { Twins } from '../support/twins.ts';
import { agreeOn, inEachMode, makeReadTemplate } from './support-read.ts';

const PATHS: readonly string[] = [
  '/etc/conf hello', 'zero', 'etc', '/', 'nope', 'hello nope', 'usr/nope/x', 'hello/x', '../hello', './hello', '/etc/../hello',
  'etc/absolute', 'dead', 'to-directory', 'to-directory/conf', 'etc//hello', 'hello/',
];
const LARGE = 'mkdir large; head -c 5000001 /dev/urandom > large/random; head -c 3000000 /dev/zero > large/zeros';

describeWith([needs.referee, needs.native], 'cat answers as ostree does', () => {
  const scratch = new Scratch('cat');
  let template: string;
  let twins: Twins;
  beforeAll(() => {
    template = makeReadTemplate(scratch);
    twins = makeTwins(scratch, template);
  });

  describe('files', () => {
    agreeOn(() => twins, [
      ...inEachMode(['cat main hello etc/absolute /etc/conf', 'cat main^ zero hello']),
      ...PATHS.map((path) => `--repo=archive cat main^ ${path}`),
      ['--repo=archive', 'cat', 'main', ''],
      '--repo=archive cat nope hello',
    ]);
    agreeOn(() => twins, ['--repo=archive cat', '--repo=archive cat main'], { sameErrors: false });
  });

  it('follows a symlink with .. in its target, where ostree gives up', () => {
    const answer = run(coppice, ['--repo=archive', 'cat', 'main', 'etc/relative'], { cwd: twins.ours.path });
    expect(answer).toMatchObject({ status: 0, stdout: 'hello world\n' });
  });

  it('ends a loop of symlinks with an error, where ostree crashes', () => {
    const made = makeTwins(scratch, template);
    runInBoth(made, [shell('mkdir loop; ln -s b loop/a; ln -s a loop/b; ostree --repo=archive commit -b loop --tree=dir=loop > /dev/null')]);
    const { status, stderr } = run(coppice, ['--repo=archive', 'cat', 'loop', 'a'], { cwd: made.ours.path });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'error: Too many levels of symbolic links: a\n' });
  });

  it.each(['archive', 'bare', 'bare-user'])('writes large content of a %s repository whole', (mode) => {
    const { path } = makeTwins(scratch, template).ours;
    const script = `${LARGE}; ostree --repo=${mode} commit -b large --tree=dir=large > /dev/null
      "$@" --repo=${mode} cat large random zeros | sha256sum; cat large/random large/zeros | sha256sum`;
    const { stdout } = runWords(['sh', '-ec', script, 'sh', ...coppice.words], { cwd: path });
    const [ours, original] = stdout.trim().split('\n');
    expect(ours).toBe(original);
  });
});
